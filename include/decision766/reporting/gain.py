"""What to do for a wanted total: the cheapest set of cases that reaches it, and which cases those could be.

Nothing is scored here: mart_score_step says how many more cases score how many points, mart_fixable_case
which cases can still come to count. What is left is the choice among them (`cheapest`), which is exact.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate
from typing import Any

from sqlalchemy import Connection, Engine, TextClause, text

from decision766.reporting import gain_queries as sql
from decision766.reporting.cheapest import Choice, Step, cheapest, largest
from decision766.reporting.lookup import PeriodKey, find_period, find_unit

Row = Mapping[str, Any]


class NoTotal(LookupError):
    """The unit and period have no total that could be raised; the message says why and what to do."""


@dataclass(frozen=True)
class Line:
    """One indicator: where it stands, how many cases the set takes of it, and where that leads.

    need: its row of mart_score_gain. fixable: every case that could be taken, the suggested ones first.
    lost: what cannot be put right any more, by reason. score_after is null where there is no score.
    """

    need: Row
    taken: int
    score_after: Decimal | None
    fixable: Sequence[Row]
    lost: Sequence[Row]

    @property
    def suggested(self) -> Sequence[Row]:
        """The cases to take: of equal cost those that serve other indicators of the set too."""
        return self.fixable[: self.taken]


@dataclass(frozen=True)
class Gain:
    """The answer for one unit, period and wanted total.

    reachable: the total if everything fixable were put right; is_reached_now: nothing has to be done.
    due_soon: open dossiers of the unit and all below it that will be late within days if nothing is done.
    Where `wanted` is above `reachable`, the lines hold what reaches `reachable` at the least cost.
    """

    heading: Row
    period: PeriodKey
    wanted: Decimal
    reachable: Decimal
    lines: Sequence[Line]
    due_soon: int = 0

    @property
    def total(self) -> Decimal:
        """The total now."""
        total: Decimal = self.heading["total_score"]
        return total

    @property
    def total_after(self) -> Decimal:
        """The total with the set's cases: at least `wanted` if that can be reached."""
        added = (line.score_after - line.need["score"] for line in self.lines if line.score_after is not None)
        return self.total + sum(added, Decimal(0))

    @property
    def is_reached_now(self) -> bool:
        """Whether the total is there already."""
        return self.total >= self.wanted

    @property
    def is_reachable(self) -> bool:
        """Whether the cases that can be put right are enough."""
        return self.reachable >= self.wanted

    @property
    def cases(self) -> int:
        """How many cases the set takes; one dossier is a case of each indicator that it serves."""
        return sum(line.taken for line in self.lines)

    @property
    def cost(self) -> int:
        """What the suggested cases cost, by reference.fixable_reasons.effort."""
        return sum(case["effort"] for line in self.lines for case in line.suggested)

    @property
    def things(self) -> int:
        """How many dossiers, procedures and services the suggested cases are."""
        return len({_thing(case) for line in self.lines for case in line.suggested})


def load_gain(engine: Engine, unit: str, period: str, wanted: Decimal | None = None) -> Gain:
    """Find the cheapest set of cases that raises a unit's total to `wanted`, by default to the next band.

    Args:
        unit: code or name.
        period: 2026-08, 2026-Q3 or 2026.

    Raises:
        UnknownUnit, UnknownPeriod: with near matches.
        NoTotal: there is no total, or no band above it.
    """
    with engine.begin() as connection:
        unit_code = find_unit(connection, unit)
        key = find_period(connection, unit_code, period)
        asked = {"unit": unit_code, "grain": key.grain, "start": key.start}
        heading = next(iter(_all(connection, sql.HEADING, asked)), None)
        if heading is None:
            raise NoTotal(f"{unit_code} was no unit of its own in {key.code}. Name the unit it was part of.")
        goal = _goal(heading, key, wanted)
        asked["rule_set"] = heading["rule_set"]
        needs = _all(connection, sql.NEEDS, asked)
        steps = _by_indicator(_all(connection, sql.STEPS, asked))
        # The cases come through many views: compiling their plan takes longer than running it.
        connection.execute(text("set local jit = off"))
        connection.execute(sql.KEEP_CASES, asked)
        fixable = _by_indicator(_all(connection, sql.FIXABLE))
        lost = _by_indicator(_all(connection, sql.LOST))
        due_soon = int(connection.execute(sql.AT_RISK, asked).scalar_one())
    gain = choose(heading, key, goal, needs=needs, steps=steps, fixable=fixable, lost=lost)
    return replace(gain, due_soon=due_soon)


def choose(
    heading: Row,
    period: PeriodKey,
    wanted: Decimal,
    *,
    needs: Sequence[Row],
    steps: Mapping[str, Sequence[Row]],
    fixable: Mapping[str, Sequence[Row]],
    lost: Mapping[str, Sequence[Row]],
) -> Gain:
    """Choose among the steps that the fixable cases allow; rows as the queries of gain_queries name them."""
    codes = [need["indicator_code"] for need in needs]
    scale = _scale([need["score"] for need in needs] + [wanted, heading["total_score"]])
    offered = [
        _offered(need, steps.get(code, ()), fixable.get(code, ()), scale)
        for code, need in zip(codes, needs, strict=True)
    ]
    most = largest(offered)
    reachable = heading["total_score"] + Decimal(sum(step.gain for step in most if step)) / scale
    missing = int((min(wanted, reachable) - heading["total_score"]) * scale)
    chosen: Choice = cheapest(offered, missing) or (None,) * len(offered)
    taken = {code: step for code, step in zip(codes, chosen, strict=True) if step}
    shared = Counter(_thing(case) for code in taken for case in fixable.get(code, ()))
    lines = [
        Line(
            need=need,
            taken=taken[code].cases if code in taken else 0,
            score_after=_after(need, taken.get(code), scale),
            fixable=sorted(fixable.get(code, ()), key=lambda case: (case["effort"], -shared[_thing(case)])),
            lost=lost.get(code, ()),
        )
        for code, need in zip(codes, needs, strict=True)
    ]
    return Gain(heading, period, wanted, reachable, lines)


def _goal(heading: Row, period: PeriodKey, wanted: Decimal | None) -> Decimal:
    unit = heading["unit_code"]
    if heading["total_score"] is None:
        missing = ", ".join(heading["missing_groups"] or ()) or "every group"
        raise NoTotal(
            f"{unit} has no total in {period.code}: no source supplies {missing}. "
            f"See `decision766 scorecard --unit {unit} --period {period.code}`."
        )
    if wanted is not None:
        return wanted
    if heading["next_band_from"] is None:
        raise NoTotal(f"{unit} is in the highest band in {period.code}. Name a total: --to 95.")
    band: Decimal = heading["next_band_from"]
    return band


def _offered(need: Row, steps: Sequence[Row], fixable: Sequence[Row], scale: int) -> list[Step]:
    """The steps of an indicator for which there are cases, each with the cost of the cheapest of them."""
    costs = list(accumulate(sorted(case["effort"] for case in fixable)))
    return [
        Step(costs[step["cases"] - 1], step["cases"], int((step["score"] - need["score"]) * scale))
        for step in steps
        if 0 < step["cases"] <= len(costs)
    ]


def _after(need: Row, step: Step | None, scale: int) -> Decimal | None:
    if need["score"] is None:
        return None
    score: Decimal = need["score"] + (Decimal(step.gain) / scale if step else 0)
    return score


def _scale(values: Sequence[Decimal | None]) -> int:
    """The power of ten that makes every value a whole number: scores have at most so many decimals."""
    exponents = [int(value.normalize().as_tuple().exponent) for value in values if value is not None]
    return int(10 ** max(2, *(-exponent for exponent in exponents)))


def _thing(case: Row) -> tuple[str, str]:
    return str(case["case_kind"]), str(case["case_code"])


def _by_indicator(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["indicator_code"], []).append(row)
    return found


def _all(connection: Connection, query: TextClause, values: Mapping[str, object] | None = None) -> list[Row]:
    return [dict(row) for row in connection.execute(query, values or {}).mappings()]
