"""Finds the unit and the period that a person named, or says which ones come near."""

import datetime as dt
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text


class NotFoundInMarts(LookupError):
    """A unit or period the marts do not hold; `near` lists what the person may have meant."""

    def __init__(self, what: str, asked: str, near: list[str], hint: str) -> None:
        self.what, self.asked, self.near = what, asked, near
        suggestion = f" Did you mean: {', '.join(near)}?" if near else ""
        super().__init__(f"no {what} «{asked}» in the marts.{suggestion} {hint}".strip())


class UnknownUnit(NotFoundInMarts):
    """No such unit code in dim_org_unit."""


class UnknownPeriod(NotFoundInMarts):
    """No such period for that unit in mart_scorecard."""


@dataclass(frozen=True)
class PeriodKey:
    """Grain and first day (local date) of a period."""

    grain: str
    start: dt.date
    code: str


def find_unit(connection: Connection, asked: str) -> str:
    """Return the unit's code; `asked` is a code or an exact name, case aside.

    Raises:
        UnknownUnit: neither; near matches are by code and by name.
    """
    named = text("select unit_code, unit_name from marts.dim_org_unit order by sort_key")
    return match_unit(connection.execute(named).all(), asked)


def match_unit(rows: Sequence[Any], asked: str) -> str:
    """Return the code among rows of unit_code and unit_name that a person named.

    Raises:
        UnknownUnit: none; near matches are by code and by name.
    """
    wanted = asked.strip().casefold()
    for row in rows:
        if wanted in (row.unit_code.casefold(), row.unit_name.casefold()):
            return str(row.unit_code)
    by_key = {row.unit_code.casefold(): row for row in rows} | {row.unit_name.casefold(): row for row in rows}
    close = difflib.get_close_matches(wanted, by_key, n=8, cutoff=0.6)
    close += [key for key in by_key if wanted in key and key not in close]
    near: list[str] = []
    for key in close:
        label = f"{by_key[key].unit_code} ({by_key[key].unit_name})"
        if label not in near:
            near.append(label)
    hint = "" if rows else "The marts are empty: run `decision766 run` first."
    raise UnknownUnit("unit", asked, near[:5], hint)


def find_period(connection: Connection, unit_code: str, asked: str) -> PeriodKey:
    """Return the period of the unit's scorecards that `asked` names (2026-08, 2026-Q3, 2026).

    Raises:
        UnknownPeriod: the unit has no scorecard for it.
    """
    rows = connection.execute(
        text("""
            select distinct period.period_grain, period.period_start, period.period_code
            from marts.mart_scorecard as card
            inner join marts.dim_period as period using (period_grain, period_start)
            where card.unit_code = :unit
            order by period.period_start, period.period_code
        """),
        {"unit": unit_code},
    ).all()
    return match_period(rows, asked)


def match_period(rows: Sequence[Any], asked: str) -> PeriodKey:
    """Return the period among rows of period_grain, period_start and period_code that a person named.

    Raises:
        UnknownPeriod: none.
    """
    wanted = asked.strip().upper().replace("/", "-")
    for row in rows:
        if row.period_code.upper() == wanted:
            return PeriodKey(row.period_grain, row.period_start, row.period_code)
    codes = [row.period_code for row in rows]
    near = difflib.get_close_matches(wanted, codes, n=5, cutoff=0.5) or codes[-5:]
    hint = "Write a month as 2026-08, a quarter as 2026-Q3, a year as 2026."
    raise UnknownPeriod("period", asked, near, hint)
