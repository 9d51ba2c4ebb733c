"""Finds the unit and the period that a person named, or says which ones come near."""

import datetime as dt
import difflib
import unicodedata
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
    """Return the unit's code; `asked` is a code or a name, case, spacing and diacritics aside.

    A name may leave out what stands before the place («UBND tỉnh»). Of several units of one name the
    highest one is meant, if it is alone on its level.

    Raises:
        UnknownUnit: none, or several of one level; near matches are by code and by name.
    """
    named = text("select unit_code, unit_name, unit_level from marts.dim_org_unit order by sort_key")
    return match_unit(connection.execute(named).all(), asked)


def match_unit(rows: Sequence[Any], asked: str) -> str:
    """Return the code among rows of unit_code, unit_name and unit_level that a person named.

    Raises:
        UnknownUnit: as `find_unit`.
    """
    exact = asked.strip().casefold()
    for row in rows:
        if exact in (row.unit_code.casefold(), row.unit_name.casefold()):
            return str(row.unit_code)
    wanted = _folded(asked)
    alike = [row for row in rows if wanted in (_folded(row.unit_name), _folded(_place(row.unit_name)))]
    highest = min((row.unit_level for row in alike), default=None)
    meant = [row for row in alike if row.unit_level == highest]
    if len(meant) == 1:
        return str(meant[0].unit_code)
    by_key = {_folded(row.unit_code): row for row in rows} | {_folded(row.unit_name): row for row in rows}
    near_first = [f"{row.unit_code} ({row.unit_name})" for row in meant]
    close = difflib.get_close_matches(wanted, by_key, n=8, cutoff=0.6)
    close += [key for key in by_key if wanted in key and key not in close]
    near: list[str] = near_first
    for key in close:
        label = f"{by_key[key].unit_code} ({by_key[key].unit_name})"
        if label not in near:
            near.append(label)
    hint = "" if rows else "The marts are empty: run `decision766 run` first."
    raise UnknownUnit("unit", asked, near[:5], hint)


PREFIXES = ("ubnd tỉnh ", "ubnd thành phố ", "tỉnh ", "thành phố ", "ubnd ")


def _place(name: str) -> str:
    """The place in a unit's name: «UBND tỉnh Cà Mau» is Cà Mau."""
    for prefix in PREFIXES:
        if name.casefold().startswith(prefix):
            return name[len(prefix) :]
    return name


def _folded(name: str) -> str:
    """The name without case, diacritics and surplus spaces: «Cà  Mau» and «ca mau» are one."""
    apart = unicodedata.normalize("NFD", name.casefold().replace("đ", "d"))
    return " ".join("".join(sign for sign in apart if not unicodedata.combining(sign)).split())


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
