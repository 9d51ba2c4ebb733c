"""Turns what was read into pages: templates, how numbers and instants are written, and the JSON copies."""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from decimal import Decimal
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup, escape

from decision766.reporting.validation import words

TEMPLATES = Path(__file__).with_name("templates")
SAFE_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$")
Grid = dict[str, Any]


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates, escaping everything; a name that a template misspells is an error."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {"count": count, "percent": percent, "when": when, "breakable": breakable}
    env.globals |= {
        "style": _own_file("style.css"),
        "script": _own_file("page.js"),
        "version": version("decision766"),
        "origin_words": words.ORIGIN,
        "origin_short": words.ORIGIN_SHORT,
        "run_words": words.RUN,
        "batch_words": words.BATCH,
        "result_words": words.RESULT,
        "severity_words": words.SEVERITY,
        "state_words": words.STATE,
        "status_words": words.STATUS,
        "signoff_words": words.SIGNOFF,
    }
    return env


def page(template: str, **values: Any) -> str:
    """Render one page. up: path from it to the root folder; copy: its JSON copy."""
    written_at = dt.datetime.now(dt.timezone(dt.timedelta(hours=7)))
    defaults = {"up": "", "copy": "", "origins": (), "attestation": None, "written_at": written_at}
    return environment().get_template(template).render(**(defaults | values))


@lru_cache(maxsize=1)
def look() -> str:
    """Hash of everything that decides how a page looks, so that a new look is noticed."""
    digest = hashlib.sha256(version("decision766").encode())
    for path in sorted([*TEMPLATES.iterdir(), *Path(__file__).parent.glob("*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def grid(columns: Sequence[dict[str, Any]], rows: Sequence[Sequence[Any]]) -> Grid:
    """Make a table that page.js sorts, searches and pages: its columns and rows, and both as JSON."""
    numbered = [{"hidden": False, "head": False, "kind": "", "words": None} | c for c in columns]
    numbered = [column | {"at": at} for at, column in enumerate(numbered)]
    needed = ("kind", "head", "hidden", "words", "link", "base")
    sent = [
        {name: column[name] for name in needed if column.get(name) not in (None, "", False)}
        for column in numbered
    ]
    return {
        "columns": numbered,
        "rows": rows,
        "data": htmlsafe_json_dumps({"columns": sent, "rows": rows}, dumps=_compact),
    }


def slug(name: str) -> str:
    """Return a file name for an id: the id itself where it is fit for one, else a hash of it."""
    if SAFE_NAME.match(name) and ".." not in name:
        return name
    return f"x-{hashlib.sha256(name.encode()).hexdigest()[:24]}"


def to_json(value: Any) -> str:
    """Return the machine-readable copy of a page; instants ISO 8601 with offset."""
    return json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":")) + "\n"


def count(value: int | None) -> str:
    """Write a number of things as Vietnamese does, 1.234; — for none."""
    return "—" if value is None else f"{int(value):,}".replace(",", ".")


def percent(value: float | None) -> str:
    """Write a share between 0 and 1 in per cent, 98,76 %; what is not all is never written as 100 %."""
    if value is None:
        return "—"
    shown = value * 100
    if 0 < value < 1:
        shown = min(max(shown, 0.01), 99.99)
    return f"{shown:.2f}".rstrip("0").rstrip(".").replace(".", ",") + " %"


def when(value: dt.datetime | None) -> str:
    """Write an instant in its zone (local), 2026-09-28 08:00:00."""
    return "—" if value is None else f"{value:%Y-%m-%d %H:%M:%S}"


def breakable(name: str) -> Markup:
    """Let a long id break after its dots and underscores."""
    return Markup(re.sub(r"([._])", r"\1<wbr>", str(escape(name))))  # noqa: S704 - escaped


def _compact(value: Any, **options: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain, **options)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Markup):
        return str(value)
    raise TypeError(f"cannot write {type(value).__name__} as JSON")


def _own_file(name: str) -> Markup:
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S704 - a file of ours
