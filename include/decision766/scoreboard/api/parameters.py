"""What the addresses of the API take: bounded, of a stated form, nothing else."""

from typing import Annotated, Literal

from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field

from decision766.scoreboard.api import paging

PLAIN = r"^[^\x00-\x1f\x7f]+$"
Boundary = Literal["as_was", "as_is"]
UnitType = Literal["ministry", "province", "department", "district", "commune"]
Unit = Annotated[
    str, InPath(title="Đơn vị", description="Code, or name", max_length=120, pattern=PLAIN, examples=["H12"])
]
Period = Annotated[
    str,
    InPath(title="Kỳ", description="2026-08, 2026-Q3", max_length=20, pattern=PLAIN, examples=["2026-08"]),
]
Indicator = Annotated[
    str,
    InPath(title="Chỉ số", description="1.1 to 5.3", max_length=20, pattern=PLAIN, examples=["2.1"]),
]


class Paged(BaseModel):
    """What every list takes."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(paging.USUAL, ge=1, le=paging.MOST, description="Rows of a page.")
    cursor: str | None = Field(None, max_length=2000, pattern=r"^[\w-]+$", description="From `next`.")


class OfUnits(Paged):
    """Filters of units."""

    unit_type: UnitType | None = Field(None, title="Loại đơn vị", description="Kind of unit.")
    parent: str | None = Field(None, max_length=120, pattern=PLAIN, description="Unit above: code or name.")


class OfPeriod(Paged):
    """Filters of figures by unit and period."""

    unit: str | None = Field(None, max_length=120, pattern=PLAIN, title="Đơn vị", description="Code or name.")
    period: str | None = Field(
        None, max_length=20, pattern=PLAIN, title="Kỳ", description="2026-08, 2026-Q3 or 2026."
    )
    boundary: Boundary = Field("as_was", title="Địa giới", description="Units as they were, or are now.")


class OfScorecards(OfPeriod):
    """Filters of scorecards."""

    unit_type: UnitType | None = Field(None, title="Loại đơn vị", description="Kind of unit.")
    parent: str | None = Field(None, max_length=120, pattern=PLAIN, description="Unit above: code or name.")


class OfIndicator(OfPeriod):
    """Filters of figures by indicator too."""

    indicator: str | None = Field(
        None, max_length=20, pattern=PLAIN, title="Chỉ số", description="1.1 to 5.3."
    )
    status: str | None = Field(None, max_length=40, pattern=r"^[a-z_]+$", description="As the rows state it.")


class OfValues(OfIndicator):
    """Filters of indicator values."""

    unit_type: UnitType | None = Field(None, title="Loại đơn vị", description="Kind of unit.")
    procedure: str = Field(
        "*", max_length=60, pattern=PLAIN, title="Thủ tục", description="National code; * is all together."
    )


class OfRanking(Paged):
    """Filters of a ranking."""

    unit_type: UnitType = Field("province", title="Loại đơn vị", description="Kind of unit.")
    boundary: Boundary = Field("as_was", title="Địa giới", description="Units as they were, or are now.")


class OfCases(Paged):
    """Filters of the cases behind a figure."""

    boundary: Boundary = Field("as_was", title="Địa giới", description="Units as they were, or are now.")


class OfRules(Paged):
    """Filters of scoring rules."""

    indicator: str | None = Field(
        None, max_length=20, pattern=PLAIN, title="Chỉ số", description="1.1 to 5.3."
    )


class OfLate(Paged):
    """Filters of late dossiers."""

    below: str | None = Field(None, max_length=120, pattern=PLAIN, description="Unit, with all below it.")
    lateness: Literal["late", "due_soon", "waiting"] | None = Field(None, title="Tình trạng hạn")


class OfServices(Paged):
    """Filters of idle services."""

    unit: str | None = Field(None, max_length=120, pattern=PLAIN, title="Đơn vị", description="Code or name.")


class OfTargets(OfServices):
    """Filters of targets."""

    indicator: str | None = Field(
        None, max_length=20, pattern=PLAIN, title="Chỉ số", description="1.1 to 5.3."
    )
    status: str | None = Field(None, max_length=40, pattern=r"^[a-z_]+$", description="As the rows state it.")


class OfSources(Paged):
    """Filters of the pipeline's state."""

    source: str | None = Field(None, max_length=80, pattern=PLAIN, description="Code of the source.")


class OfRuns(Paged):
    """Filters of validation runs."""

    suite: str | None = Field(None, max_length=80, pattern=PLAIN, description="Name of the suite.")
    success: bool | None = Field(None, description="Whether it passed.")
