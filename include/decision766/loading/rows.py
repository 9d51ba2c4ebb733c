"""From landed lines to the text that COPY reads: compiled once per entity, then one pass per record."""

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator

import orjson

from decision766.records import ERRORS, EXTRA, EntitySpec
from decision766.records.published import dump_exact
from decision766.records.spec import Record

# Columns that loading itself supplies, in the order of the staging table; then those of the spec.
HEAD = {
    "ordinal": "bigint",
    "object_sha256": "text",
    "source_line": "int",
    "row_hash": "bytea",
    "parse_errors": "jsonb",
    "extra": "jsonb",
}
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NULL = "\\N"


def row_hash(spec: EntitySpec, line: bytes) -> bytes:
    """SHA-256 of entity and canonical redacted record: the same record sent again is the same row."""
    return hashlib.sha256(b"%s\0%s" % (spec.name.encode(), line)).digest()


def copy_lines(
    spec: EntitySpec,
    lines: Iterable[tuple[int, bytes]],
    object_sha256: str,
    *,
    fetched_at: dt.datetime,
    first_ordinal: int,
) -> Iterator[str]:
    """Yield one COPY text line per landed line.

    first_ordinal: position of the first line among all lines of the load, which keeps their order.
    """
    parse, derive, known = spec.parse_line, _deriver(spec), frozenset(spec.column_names)
    for ordinal, (number, line) in enumerate(lines, start=first_ordinal):
        record = parse(line)
        digest = row_hash(spec, line).hex()
        if spec.fetched_at_column:
            record[spec.fetched_at_column] = fetched_at.isoformat()
        errors, others = record.get(ERRORS), record.get(EXTRA)
        extra = _escape(orjson.dumps(others, option=orjson.OPT_SORT_KEYS).decode()) if others else _NULL
        if spec.verbatim:
            others = {name: value for name, value in record.items() if name not in known}
            extra = _escape(dump_exact(others).decode()) if others else _NULL
        found = _escape(orjson.dumps(errors).decode()) if errors else _NULL
        yield f"{ordinal}\t{object_sha256}\t{number}\t\\\\x{digest}\t{found}\t{extra}\t{derive(record)}\n"


def _escape(text: str) -> str:
    return text.translate(_ESCAPES) if _SPECIAL.search(text) else text


def _deriver(spec: EntitySpec) -> Callable[[Record], str]:
    columns = [(column.source, column.text, column.is_safe) for column in spec.columns]

    def derive(record: Record) -> str:
        get, cells = record.get, []
        for source, text, is_safe in columns:
            value = record if source is None else get(source)
            found = None if value is None else text(value)
            cells.append(_NULL if found is None else found if is_safe else _escape(found))
        return "\t".join(cells)

    return derive
