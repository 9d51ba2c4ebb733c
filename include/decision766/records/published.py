"""Published scores: records come from the adapter in raw column names, numbers as decimals.

No person is in a published score, so nothing is redacted; every published digit is kept.
"""

import json
from decimal import Decimal
from typing import Any

import orjson

from decision766.records.spec import Column, EntitySpec, Record

_HEAD = {
    "capture_id": "text",
    "captured_at": "timestamptz",
    "endpoint": "text",
    "portal_unit_id": "text",
    "unit_code": "text",
    "unit_name": "text",
    "unit_type": "text",
    "root_unit_id": "text",
    "period_grain": "text",
    "period_start": "date",
    "procedure_code": "text",
}
_METRIC = {
    "metric_code": "text",
    "indicator_code": "text",
    "numerator": "numeric",
    "denominator": "numeric",
    "ratio": "numeric",
    "score": "numeric",
    "max_score": "numeric",
    "data_quality_status": "text",
    "data_quality_message": "text",
}
_GROUP = {
    "display_group": "text",
    "score": "numeric",
    "max_score": "numeric",
    "ratio": "numeric",
    "average_score": "numeric",
    "score_delta": "numeric",
    "parameters": "jsonb",
}


def _decimal(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    raise TypeError(f"{type(value).__name__} cannot stand in a published record")


def dump_exact(value: Any) -> bytes:
    """Return canonical JSON (sorted keys) in which a decimal keeps its digits.

    Raises:
        TypeError: a value that JSON does not know.
    """
    return orjson.dumps(value, default=_decimal, option=orjson.OPT_SORT_KEYS)


def parse_exact(line: bytes) -> Record:
    """Parse JSON with fractions as decimals."""
    record: Record = json.loads(line, parse_float=Decimal)
    return record


def _numeric(value: Any) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _json(value: Any) -> str:
    return dump_exact(value).decode()


_TEXT_OF = {"numeric": _numeric, "jsonb": _json}


def _published(name: str, columns: dict[str, str], natural_key: tuple[str, ...]) -> EntitySpec:
    return EntitySpec(
        name=name,
        fields=(),
        columns=tuple(
            Column(column, pg_type, column, _TEXT_OF.get(pg_type, str), is_safe=False)
            for column, pg_type in columns.items()
        ),
        natural_key=natural_key,
        verbatim=True,
        fetched_at_column="captured_at",
        parse_line=parse_exact,
    )


PUBLISHED_METRIC = _published(
    "published_metric", {**_HEAD, **_METRIC}, ("capture_id", "portal_unit_id", "metric_code")
)
PUBLISHED_GROUP = _published("published_group", {**_HEAD, **_GROUP}, ("capture_id", "portal_unit_id"))
