"""What a call to a stand-in asks for, wherever it stands in it: a JSON body, a form field, a query.

A fault that answers with another page asks the application again with other numbers; this module
reads what was asked and writes it back in the same place.
"""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qs, urlencode

import orjson

Scope = MutableMapping[str, Any]
_FORM_FIELD = "params"  # of the old gateway


@dataclass(frozen=True)
class Call:
    """One call. asked: what it asks for, by name; None if that cannot be read. service: what it is about."""

    place: Literal["json", "form", "query"]
    asked: Any
    service: str


def read_call(scope: Mapping[str, Any], body: bytes) -> Call:
    """Read a call: the service that it names, else the last part of its path."""
    last = str(scope["path"]).rstrip("/").rpartition("/")[2]
    if scope["method"] == "GET":
        query = parse_qs(scope["query_string"].decode(), keep_blank_values=True)
        return Call("query", {name: _bare(values) for name, values in query.items()}, last)
    asked, place = _json(body), "json"
    if asked is None and body.startswith(f"{_FORM_FIELD}=".encode()):
        asked, place = _json(parse_qs(body.decode())[_FORM_FIELD][0].encode()), "form"
    service = asked.get("service") if isinstance(asked, dict) else None
    return Call("form" if place == "form" else "json", asked, str(service) if service else last)


def written(scope: Scope, call: Call, asked: Any, body: bytes) -> tuple[Scope, bytes]:
    """Write `asked` in the place of what a call asked for; returns scope and body of the changed call."""
    if asked == call.asked:
        return scope, body
    if call.place == "query":
        return {**scope, "query_string": urlencode(asked, doseq=True).encode()}, body
    text = orjson.dumps(asked)
    if call.place == "form":
        text = urlencode({_FORM_FIELD: text.decode()}).encode()
    headers = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
    headers.append((b"content-length", str(len(text)).encode()))
    return {**scope, "headers": headers}, text


def _bare(values: list[str]) -> Any:
    return values[0] if len(values) == 1 else values


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
