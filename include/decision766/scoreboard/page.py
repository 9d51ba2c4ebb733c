"""A page before it is written: what every page has in common."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from decision766.reporting.lookup import PeriodKey, UnknownPeriod, match_period
from decision766.scoreboard import queries as sql
from decision766.scoreboard.addresses import Addresses
from decision766.scoreboard.tables import Table
from decision766.scoreboard.words import Speech

Chart = Callable[[], bytes]


class NoDataYet(Exception):
    """The marts are not built, or hold no scorecard."""


@dataclass(frozen=True)
class View:
    """What a request brings to every page: how it reaches the marts, the language, the addresses.

    connect: opens the request's one connection; a page that was kept needs none. remember: gives what was
    made under a name for the same publication and reader, else makes it. close: gives the connection back.
    """

    connect: Callable[[], Connection]
    say: Speech
    to: Addresses
    remember: Callable[[Hashable, Callable[[], Any]], Any] = lambda _, make: make()
    close: Callable[[], None] = lambda: None

    @cached_property
    def connection(self) -> Connection:
        """The connection, opened when first asked for."""
        return self.connect()

    def connect_once(self) -> Connection:
        """The same, as a call."""
        return self.connection

    def rows(self, query: Any, **values: object) -> list[sql.Row]:
        """Ask the marts; what many pages ask is asked once for a publication. Rows are not to be changed."""
        if query in sql.SHARED:
            found: list[sql.Row] = self.remember(
                (query, *sorted(values.items())), lambda: sql.rows(self.connection, query, **values)
            )
            return found
        return sql.rows(self.connection, query, **values)

    @cached_property
    def units(self) -> dict[str, sql.Row]:
        """Every unit by its code, as it is named now."""
        found: dict[str, sql.Row] = self.remember(
            "units", lambda: {row["unit_code"]: row for row in sql.rows(self.connection, sql.UNITS)}
        )
        return found

    def first(self, query: Any, **values: object) -> sql.Row | None:
        """Ask the marts for one row."""
        found = self.rows(query, **values)
        return found[0] if found else None


@dataclass(frozen=True)
class Page:
    """Everything of one page. address: in this language; address_of: in another one.

    picker: values that the period picker's form sends along. origins: of all data shown.
    """

    template: str
    title: str
    address_of: Callable[[Addresses], str]
    content: Mapping[str, Any]
    tables: Mapping[str, Table] = field(default_factory=dict)
    charts: Mapping[str, Chart] = field(default_factory=dict)
    origins: Sequence[str] = ()
    period: PeriodKey | None = None
    periods: Sequence[sql.Row] = ()
    boundaries: Sequence[str] = ()
    picker: Mapping[str, str] = field(default_factory=dict)
    section: str = ""


@dataclass(frozen=True)
class Periods:
    """Periods there are for a boundary, and the one that was asked for."""

    chosen: PeriodKey
    all: Sequence[sql.Row]
    boundaries: Sequence[str]

    @property
    def values(self) -> dict[str, Any]:
        """Grain and start, as the queries want them."""
        return {"grain": self.chosen.grain, "start": self.chosen.start}


def find_periods(view: View, asked: str | None, *, with_history: bool = False) -> Periods:
    """Return the period that was asked for, by default the latest closed month.

    Raises:
        NoDataYet: there is no scorecard at all.
        UnknownPeriod: none such, with near matches.
    """
    found = view.rows(sql.PERIODS, boundary=view.to.boundary, with_history=with_history)
    boundaries = [row["boundary"] for row in view.rows(sql.BOUNDARIES)]
    if not boundaries:
        raise NoDataYet
    if not found:
        raise UnknownPeriod("period", asked or "", [], f"There is no scorecard for {view.to.boundary}.")
    if asked is None:
        latest = _latest(found)
        return Periods(
            PeriodKey(latest["period_grain"], latest["period_start"], latest["period_code"]),
            found,
            boundaries,
        )
    return Periods(match_period([_Named(row) for row in found], asked), found, boundaries)


def _latest(found: Sequence[sql.Row]) -> sql.Row:
    """The latest closed month with computed scores; else the latest that comes nearest to it."""
    return max(
        found,
        key=lambda row: (
            row["has_computed"],
            row["has_scorecards"],
            row["period_grain"] == "month",
            not row["is_provisional"],
            row["period_start"],
        ),
    )


class _Named:
    """A row whose columns are attributes, as reporting.lookup reads them."""

    def __init__(self, row: sql.Row) -> None:
        self.__dict__.update(row)


def named(rows: Sequence[sql.Row]) -> list[Any]:
    """Rows whose columns are attributes."""
    return [_Named(row) for row in rows]
