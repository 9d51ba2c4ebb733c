"""Hostile requests, made from an application's own OpenAPI description: what no address may break on."""

import itertools
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from fastapi.testclient import TestClient

# Percent-encoded as they go over the wire. None of these is a value that any parameter means.
HOSTILE = {
    "SQL": quote("H12' or '1'='1'; drop table marts.fct_indicator; --", safe=""),
    "HTML": quote("<script>alert(1)</script>", safe=""),
    "path": quote("../../../../etc/passwd", safe=""),
    "template": quote("{{7*7}}${7*7}%n", safe=""),
    "NUL": "H12%00",
    "bad UTF-8": "%ff%fe%c0%af",
    "line break": "H12%0d%0aX-Injected:%201",
    "long": "9" * 5000,
    "huge number": "9" * 40,
    "negative": "-1",
    "not a number": "NaN",
    "other digits": quote("٢٠٢٦-٠٨"),
    "array": quote('["a"]', safe=""),
}
KNOWN = {
    **{"unit": "H12", "period": "2026-08", "indicator": "2.1", "lang": "vi", "unit_type": "province"},
    **{"dossier": "H12", "table": "ranking", "chart": "trend", "format": "csv", "page": "unit", "q": "H12"},
}
METHODS = ("post", "put", "patch", "delete")


def requests(description: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each parameter of each address in turn with each hostile value, the others as they should be."""
    for path, operations in description["paths"].items():
        if "get" not in operations:  # verdicts are forms, with tests of their own
            continue
        parameters = operations["get"].get("parameters", [])
        in_path = [one["name"] for one in parameters if one["in"] == "path"]
        in_query = [one["name"] for one in parameters if one["in"] == "query"]
        needed = [one["name"] for one in parameters if one["in"] == "query" and one.get("required")]
        base = "&".join(f"{name}={KNOWN.get(name, '1')}" for name in needed)
        for name, (kind, value) in itertools.product(in_path, HOSTILE.items()):
            yield f"{name}: {kind}", f"{filled(path, {name: value})}?{base}"
        for name, (kind, value) in itertools.product(in_query, HOSTILE.items()):
            rest = "&".join(part for part in base.split("&") if part and not part.startswith(f"{name}="))
            yield f"{name}: {kind}", f"{filled(path, {})}?{rest}&{name}={value}"
        for name in in_query:
            yield f"{name}: twice", f"{filled(path, {})}?{base}&{name}=a&{name}=b"
        yield "unknown parameter", f"{filled(path, {})}?{base}&nobody%5B%5D=1"


def filled(path: str, values: dict[str, str]) -> str:
    """The address with its parts."""
    for name in {part.partition("}")[0] for part in path.split("{")[1:]}:
        path = path.replace(f"{{{name}}}", values.get(name, KNOWN.get(name, "x")))
    return path


def broken(client: TestClient, description: dict[str, Any], base: str = "") -> list[tuple[int, str, str]]:
    """The requests that made the server fail, or that it answered with what they carried."""
    found = []
    for said, address in requests(description):
        answer = client.get(base + address, follow_redirects=False)
        is_echoed = "<script>alert" in answer.text and "html" in answer.headers.get("content-type", "")
        if answer.status_code >= 500 or is_echoed or "x-injected" in answer.headers:
            found.append((answer.status_code, said, address[:200]))
    return found
