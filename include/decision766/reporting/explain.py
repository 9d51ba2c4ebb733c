"""Why a number is what it is: one unit, indicator and period, down to the records behind it.

Nothing is computed here: the marts say which case counts and why (mart_indicator_case, from the flags
that make the counts), how the score follows (mart_score_arithmetic), and what was published.
"""

import datetime as dt
import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, TextClause, text

from decision766.reporting import explain_queries as sql
from decision766.reporting.lookup import NotFoundInMarts, PeriodKey, find_period, find_unit
from decision766.warehouse.reading import read_rows

ALL_PROCEDURES = "*"
Row = Mapping[str, Any]


class UnknownIndicator(NotFoundInMarts):
    """No such indicator in dim_indicator."""


class UnknownProcedure(NotFoundInMarts):
    """The unit's indicator has no row for that procedure in the period."""


@dataclass(frozen=True)
class Explanation:
    """Everything behind one number. Rows are as the queries of explain_queries name their columns.

    value and arithmetic are null where only the portal speaks of the unit, published where it is silent.
    derived_*: sums over the cases; they equal the value's parts wherever those are not null.
    """

    heading: Row
    period: PeriodKey
    procedure_code: str
    boundary: str
    value: Row | None
    arithmetic: Row | None
    published: Row | None
    derived_numerator: Decimal
    derived_denominator: Decimal
    case_count: int
    reasons: Sequence[Row]
    cases: Sequence[Row]
    batches: Sequence[Row]
    inputs: Sequence[Row]
    held: Sequence[Row]
    by_procedure: Sequence[Row]

    @property
    def numerator(self) -> Decimal | None:
        """The number's numerator; of a constant, what the records show."""
        return self._part("numerator")

    @property
    def denominator(self) -> Decimal | None:
        """The number's denominator; of a constant, what the records show."""
        return self._part("denominator")

    def _part(self, name: str) -> Decimal | None:
        if self.value is None:
            return None
        observed = f"observed_{name}" if self.value["status"] == "constant" else name
        part: Decimal | None = self.value[observed]
        return part

    @property
    def is_rederived(self) -> bool | None:
        """Whether the cases give the number's parts exactly; null where it has none."""
        if self.numerator is None or self.denominator is None:
            return None
        return (self.numerator, self.denominator) == (self.derived_numerator, self.derived_denominator)

    @property
    def is_inherited(self) -> bool:
        """Whether the figure is the province's or ministry's, shown by a unit of it."""
        return self.value is not None and self.value["status"] == "inherited"


def load_explanation(
    engine: Engine,
    unit: str,
    indicator: str,
    period: str,
    *,
    procedure: str = ALL_PROCEDURES,
    cases: int | None = None,
    boundary: str = "as_was",
) -> Explanation:
    """Explain the indicator of a unit (code or name) and period (2026-08, 2026-Q3, 2026).

    Args:
        procedure: national code, where the indicator exists by procedure too; `*` = all.
        cases: how many cases to list, those that cost points first; None lists every one.
        boundary: as_was, the unit as it stood in the period; as_is, with its predecessors' records.

    Raises:
        UnknownUnit, UnknownPeriod, UnknownIndicator, UnknownProcedure: with near matches.
    """
    with engine.connect() as connection:
        unit_code = find_unit(connection, unit)
        key = find_period(connection, unit_code, period, boundary)
        code = find_indicator(connection, indicator)
        return explain(connection, unit_code, code, key, procedure=procedure, cases=cases, boundary=boundary)


def explain(
    connection: Connection,
    unit: str,
    indicator: str,
    period: PeriodKey,
    *,
    procedure: str = ALL_PROCEDURES,
    cases: int | None = None,
    boundary: str = "as_was",
) -> Explanation:
    """The same of a unit's and an indicator's code, and a period that the unit has a scorecard of.

    Raises:
        UnknownProcedure: with near matches.
    """
    asked = {
        "unit": unit,
        "indicator": indicator,
        "grain": period.grain,
        "start": period.start,
        "procedure": procedure,
        "boundary": boundary,
    }
    is_of_all = procedure == ALL_PROCEDURES
    value = _first(connection, sql.VALUE_OF_ALL if is_of_all else sql.VALUE, asked)
    if value is None and not is_of_all:
        raise _unknown_procedure(connection, asked)
    heading = _all(connection, sql.HEADING, asked)[0]
    published = _first(connection, sql.PUBLISHED, asked) if is_of_all else None
    arithmetic = None
    if value is not None:
        steps = sql.ARITHMETIC_OF_ALL if is_of_all else sql.ARITHMETIC
        arithmetic = _first(connection, steps, {**asked, "rule_set": value["rule_set"]})
    found = _Cases()
    if value is not None and _has_source(value):
        asked_cases = {**asked, "scope": value["scope_code"], "shown": cases}
        found = _Cases.of(_all(connection, sql.cases_of(indicator), asked_cases)[0])
    return Explanation(
        heading=heading,
        period=period,
        procedure_code=procedure,
        boundary=boundary,
        value=value,
        arithmetic=arithmetic,
        published=published if published and published["status"] != "computed_only" else None,
        derived_numerator=sum((row["numerator"] for row in found.reasons), Decimal(0)),
        derived_denominator=sum((row["denominator"] for row in found.reasons), Decimal(0)),
        case_count=sum(row["cases"] for row in found.reasons),
        reasons=found.reasons,
        cases=found.cases,
        batches=found.batches,
        inputs=_all(connection, sql.INPUTS, {**asked, "province": heading["province_code"]}),
        held=_all(connection, sql.HELD, asked),
        by_procedure=_all(connection, sql.BY_PROCEDURE, asked) if indicator == "2.2" else [],
    )


@dataclass(frozen=True)
class _Cases:
    """What one pass over the cases told."""

    reasons: Sequence[Row] = ()
    cases: Sequence[Row] = ()
    batches: Sequence[Row] = ()

    @classmethod
    def of(cls, told: Row) -> "_Cases":
        """Read it: numbers exactly, instants as instants."""
        return cls(
            reasons=_from_json(told["reasons"], numbers=("numerator", "denominator")),
            cases=_from_json(
                told["cases"],
                numbers=("numerator_part", "denominator_part"),
                instants=("started_at", "due_at", "ended_at"),
            ),
            batches=_from_json(told["batches"], instants=("loaded_at", "accepted_at")),
        )


def _from_json(told: str | None, *, numbers: Sequence[str] = (), instants: Sequence[str] = ()) -> list[Row]:
    rows: list[dict[str, Any]] = json.loads(told or "[]", parse_float=Decimal)
    for row in rows:
        for name in numbers:
            row[name] = Decimal(row[name])
        for name in instants:
            row[name] = dt.datetime.fromisoformat(row[name]) if row[name] is not None else None
    return list(rows)


def find_indicator(connection: Connection, asked: str) -> str:
    """Return the code of the indicator that `asked` names, 1.1 … 5.3.

    Raises:
        UnknownIndicator: with near matches.
    """
    rows = connection.execute(
        text("select indicator_code, name_vi from marts.dim_indicator order by indicator_code")
    )
    return match_indicator({row.indicator_code: row.name_vi for row in rows}, asked)


def match_indicator(names: Mapping[str, str], asked: str) -> str:
    """Return the code among those of `names` (code to name) that a person wrote.

    Raises:
        UnknownIndicator: with near matches.
    """
    wanted = asked.strip().replace(",", ".")
    if wanted in names:
        return wanted
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.5) or list(names)[:5]
    raise UnknownIndicator(
        "indicator",
        asked,
        [f"{code} ({names[code]})" for code in near],
        "An indicator is written 1.1 to 5.3.",
    )


def _has_source(value: Row | None) -> bool:
    """Whether there is a number to list cases of: without a source it is null, and so is every case."""
    if value is None or value["status_reason"] == "no_source":
        return False
    return value["status"] != "constant" or value["observed_denominator"] is not None


def _unknown_procedure(connection: Connection, asked: Mapping[str, object]) -> UnknownProcedure:
    codes = connection.execute(
        text("""
            select procedure_code from marts.fct_indicator
            where unit_code = :unit and indicator_code = :indicator and period_grain = :grain
                and period_start = :start and procedure_code <> '*' and boundary = :boundary
            order by denominator desc nulls last, procedure_code
        """),
        asked,
    ).scalars()
    held = [str(code) for code in codes]
    wanted = str(asked["procedure"])
    hint = "" if held else f"Indicator {asked['indicator']} is not counted by procedure there."
    near = difflib.get_close_matches(wanted, held, n=5, cutoff=0.5) or held[:5]
    return UnknownProcedure("procedure of this indicator, unit and period", wanted, near, hint)


def _all(connection: Connection, query: TextClause, values: Mapping[str, object] | None = None) -> list[Row]:
    return list(read_rows(connection, query, values or {}))


def _first(connection: Connection, query: TextClause, values: Mapping[str, object]) -> Row | None:
    rows = read_rows(connection, query, values)
    return rows[0] if rows else None


@dataclass(frozen=True)
class DossierTrail:
    """One dossier from its landed lines to every number it has a part in. dossier: null if only held."""

    dossier_code: str
    dossier: Row | None
    records: Sequence[Row]
    touched: Sequence[Row]

    @property
    def evaluated_at(self) -> dt.datetime | None:
        """The instant at which its clock was judged last."""
        return self.dossier["evaluated_at"] if self.dossier else None


class UnknownDossier(NotFoundInMarts):
    """No record of that dossier, accepted or held."""


def load_dossier_trail(engine: Engine, dossier: str) -> DossierTrail:
    """Follow a dossier by its code.

    Raises:
        UnknownDossier: with codes that begin alike.
    """
    with engine.connect() as connection:
        return follow_dossier(connection, dossier)


def follow_dossier(connection: Connection, dossier: str) -> DossierTrail:
    """The same over a connection that is open.

    Raises:
        UnknownDossier: with codes that begin alike.
    """
    code = dossier.strip()
    found = _first(connection, sql.DOSSIER, {"dossier": code})
    records = _all(connection, sql.TRAIL, {"dossier": code})
    if found is None and not any(record["entity"] == "dossier" for record in records):
        raise UnknownDossier("dossier", dossier, _codes_like(connection, code), "")
    touched = _all(connection, sql.TOUCHED, {"dossier": code}) if found else []
    return DossierTrail(code, found, records, touched)


def _codes_like(connection: Connection, code: str) -> list[str]:
    """Codes with the longest beginning in common with `code`."""
    for length in range(len(code), 3, -1):
        rows = connection.execute(
            text("""
                select dossier_code from marts.fct_dossier where starts_with(dossier_code, upper(:start))
                order by dossier_code limit 5
            """),
            {"start": code[:length]},
        )
        near = [str(row.dossier_code) for row in rows]
        if near:
            return near
    return []
