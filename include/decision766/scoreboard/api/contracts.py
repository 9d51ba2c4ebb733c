"""Models of what the API answers, made from the marts' own contracts: names, types, Vietnamese labels."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from pydantic import BaseModel, Field, create_model

from decision766.settings import PROJECT_ROOT

MARTS = PROJECT_ROOT / "dbt_project" / "models" / "marts"
TYPES: dict[str, Any] = {
    "text": str,
    "date": dt.date,
    "timestamptz": dt.datetime,
    "timestamp with time zone": dt.datetime,
    "numeric": Decimal,  # written as a string, digit for digit as the mart states it
    "integer": int,
    "smallint": int,
    "bigint": int,
    "boolean": bool,
    "uuid": UUID,
    "text[]": list[str],
    "smallint[]": list[int],
    "jsonb": dict[str, Any],
}


def row_model(
    name: str, mart: str, columns: Sequence[str] = (), further: Mapping[str, Any] | None = None
) -> type[BaseModel]:
    """Make the model of a mart's row.

    Args:
        name: of the model, as the OpenAPI description shows it.
        mart: its contract gives each column's type, whether it may be null, and its description.
        columns: those answered; every one if empty.
        further: fields that the query adds, as pydantic's create_model wants them.
    """
    contract = _contracts()[mart]
    held = {column["name"]: column for column in contract["columns"]}
    fields = {column: _field(held[column]) for column in columns or held}
    model: type[BaseModel] = create_model(
        name, __doc__=" ".join(contract["description"].split()), **{**fields, **(further or {})}
    )
    return model


def _field(column: Mapping[str, Any]) -> Any:
    kind = TYPES[column["data_type"]]
    is_required = any(one["type"] == "not_null" for one in column.get("constraints", ()))
    vietnamese, _, english = column["description"].partition(". ")
    described = Field(title=vietnamese, description=english.strip() or vietnamese)
    return (kind if is_required else kind | None, described)


@lru_cache(maxsize=1)
def _contracts() -> dict[str, dict[str, Any]]:
    return {model["name"]: model for path in sorted(MARTS.rglob("_*__models.yml")) for model in _models(path)}


def _models(path: Path) -> list[dict[str, Any]]:
    loaded = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    models: list[dict[str, Any]] = loaded["models"]
    return models
