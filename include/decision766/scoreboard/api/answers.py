"""What the API answers, apart from rows of marts (contracts)."""

import datetime as dt
from decimal import Decimal
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field

Row = TypeVar("Row", bound=BaseModel)


class Page(BaseModel, Generic[Row]):
    """A page of a list. next: address of the page behind it, null at the end."""

    rows: list[Row] = Field(description="Rows in the order of their key.")
    next: str | None = Field(description="Address of the next page; null: this is the last one.")


class Publication(BaseModel):
    """What the answers stand on. Everything is null while nothing is published."""

    entry_no: int | None = Field(description="Number of the ledger's head.")
    entry_hash: str | None = Field(description="Hash of the last publication's entry, in hexadecimal.")
    published_at: dt.datetime | None
    evaluation_id: str | None
    evaluated_at: dt.datetime | None = Field(description="Instant at which the figures were judged.")


class Explanation(BaseModel):
    """Why a number is what it is; the cases are a list of their own."""

    unit_code: str
    indicator_code: str
    period_code: str
    boundary: str = Field(description="as_was, or as_is with the records of the unit's predecessors.")
    heading: dict[str, Any] = Field(description="Indicator, unit and reading in words (vi, en).")
    value: dict[str, Any] | None = Field(description="The row of fct_indicator; null: published only.")
    arithmetic: dict[str, Any] | None = Field(description="The scoring rule and its steps.")
    published: dict[str, Any] | None = Field(description="Compared with the portal's figure.")
    case_count: int
    derived_numerator: Decimal = Field(description="Sum over the cases.")
    derived_denominator: Decimal = Field(description="Sum over the cases.")
    is_rederived: bool | None = Field(description="Whether the cases give the number; null: it has none.")
    reasons: list[dict[str, Any]] = Field(description="Cases by why they count or not.")
    inputs: list[dict[str, Any]] = Field(description="Sources it needs and what came of them.")
    held: list[dict[str, Any]] = Field(description="Records held in quarantine that it would need.")
    cases: str = Field(description="Address of the list of cases.")


class ScorecardOfUnit(BaseModel):
    """A unit's scorecard of one period, its groups and its 22 indicators beside the portal's."""

    scorecard: dict[str, Any]
    indicators: list[dict[str, Any]]
    peers: dict[str, Any] = Field(description="Medians of units of the same kind and origin.")
