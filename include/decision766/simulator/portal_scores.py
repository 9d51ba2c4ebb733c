"""The portal of the synthetic world: its own computation of every indicator, unit and period.

Written from docs/readings.md over true objects, sharing nothing with the warehouse's models. What it
publishes is the truth, apart from the planted divergences.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from decision766.simulator import divergences
from decision766.simulator.inputs import Context, Inputs
from decision766.simulator.periods import Period
from decision766.simulator.rules import GROUPS, Figure, figure, half_even, points, round_down
from decision766.simulator.tally import Fact, Tally, fact_of, tally
from decision766.simulator.timeliness import working_days_taken
from decision766.simulator.truth import Truth

FULL_MARKS_AT_80 = 80
# A procedure filter leaves these as they are over all procedures (recorded behaviour of the portal).
UNFILTERED = ("1.4", "3.1", "3.4", "3.5", "4.5", "5.1", "5.2")


@dataclass(frozen=True, slots=True)
class UnitScores:
    """A unit's figures in a period: indicator code → figure, and the counts behind them."""

    unit_code: str
    figures: Mapping[str, Figure]
    tally: Tally
    context: Context

    def group_score(self, group: str) -> Fraction:
        """Return the sum of the rounded scores of a display group; null adds nothing."""
        scores = (self.figures[code].score for code in GROUPS[group] if code in self.figures)
        return sum((Fraction(score) for score in scores if score is not None), Fraction(0))

    def total(self) -> Fraction:
        """Return the unit's points out of 100."""
        return sum((self.group_score(group) for group in GROUPS), Fraction(0))

    def differs_from(self, other: "UnitScores") -> tuple[str, ...]:
        """Return the indicators whose figure is not the other's."""
        return tuple(code for code, found in self.figures.items() if found != other.figures[code])


class Portal:
    """Computes and keeps the scores of a world, period by period, when they are asked for."""

    def __init__(self, world: Truth) -> None:
        self._world = world
        self._inputs = Inputs(world)
        self._facts: dict[str, list[Fact]] = {
            code: [fact_of(dossier) for dossier in found] for code, found in world.dossiers.items()
        }
        self._blamed = _first_blames(world)
        self._tallies: dict[tuple[Period, str | None], dict[str, Tally]] = {}
        self._true: dict[tuple[Period, str | None], dict[str, UnitScores]] = {}
        self._published: dict[tuple[Period, str | None], dict[str, UnitScores]] = {}

    def evaluated(self, period: Period) -> dt.datetime:
        """E: the period's end, or the present if that is earlier."""
        return min(period.last_moment, self._world.present)

    def true_scores(self, period: Period, procedure: str | None = None) -> dict[str, UnitScores]:
        """Score every unit from its true objects, over all procedures or one."""
        key = (period, procedure)
        if key not in self._true:
            tallies = self._tallied(period, procedure)
            self._true[key] = {
                unit: self._scores(unit, period, procedure, found) for unit, found in tallies.items()
            }
        return self._true[key]

    def published(self, period: Period, procedure: str | None = None) -> dict[str, UnitScores]:
        """Return the true scores with the planted divergences."""
        key = (period, procedure)
        if key not in self._published:
            scores = dict(self.true_scores(period, procedure))
            self._leave_out_unsynced(scores, period, procedure)
            for unit, spoil in SPOILT.items():
                scores[unit] = replace(scores[unit], figures=spoil(self, scores[unit]))
            self._published[key] = scores
        return self._published[key]

    def visible_scores(self, period: Period) -> dict[str, UnitScores]:
        """Score the records as they are transmitted: without the dossiers that arrive corrupted.

        This is what a reader of the records can compute, and the measure of every divergence.
        """
        scores = dict(self.true_scores(period))
        unit, province = divergences.UNITS[divergences.QUARANTINED_ROWS]
        corrupted = self._world.corrupted
        kept = [fact for fact in self._facts[unit] if fact.dossier.code not in corrupted]
        self._replace_tally(scores, (unit, province), (period, None), self._tally(kept, period))
        return scores

    def processing_time(self, period: Period) -> dict[tuple[str, str], tuple[Fraction, int]]:
        """Indicator 2.2: (unit, procedure) → (time taken in the procedure's unit, dossiers).

        Months have no length of their own: they count as thirty days.
        """
        instant, present, days = self.evaluated(period), self._world.present, self._world.days
        found: dict[tuple[str, str], tuple[Fraction, int]] = defaultdict(lambda: (Fraction(0), 0))
        for unit, facts in self._facts.items():
            for fact in facts:
                dossier = fact.dossier
                if dossier.status not in (9, 10) or not period.first_moment <= dossier.received_at <= instant:
                    continue
                clock = fact.judged(present, days)
                if clock.ended_at is None:
                    continue
                seconds = clock.clock_end - dossier.received_at - clock.supplement_time
                taken = Fraction(int(seconds.total_seconds()))
                time_unit = dossier.procedure.max_time_unit
                if time_unit == "working_day":
                    first = dossier.supplements[0].completed_at if dossier.supplements else None
                    taken = Fraction(working_days_taken(dossier, clock.clock_end, first, days))
                else:
                    taken /= {"hour": 3_600, "month": 30 * 86_400}.get(time_unit or "day", 86_400)
                for code in (unit, unit.partition(".")[0]):
                    total, count = found[code, fact.procedure_code]
                    found[code, fact.procedure_code] = (total + taken, count + 1)
        return dict(found)

    def _tally(self, facts: Iterable[Fact], period: Period) -> Tally:
        return tally(facts, period, self.evaluated(period), self._world.days, self._blamed)

    def _tallied(self, period: Period, procedure: str | None) -> dict[str, Tally]:
        """Tally the units, and the provinces out of their units."""
        key = (period, procedure)
        if key not in self._tallies:
            found: dict[str, Tally] = {}
            for members in self._world.units.values():
                whole = found[members[0].code] = Tally()
                for unit in members[1:]:
                    facts = _of_procedure(self._facts[unit.code], procedure)
                    found[unit.code] = self._tally(facts, period)
                    whole.merge(found[unit.code])
            self._tallies[key] = found
        return self._tallies[key]

    def _scores(self, unit: str, period: Period, procedure: str | None, counted: Tally) -> UnitScores:
        context = self._inputs.context(unit, period, self.evaluated(period), procedure)
        figures = {code: figure(code, *pair) for code, pair in _pairs(counted, context).items()}
        if procedure is not None:
            every = self.true_scores(period)[unit].figures
            figures.update({code: every[code] for code in UNFILTERED})
        return UnitScores(unit, figures, counted, context)

    def _leave_out_unsynced(
        self, scores: dict[str, UnitScores], period: Period, procedure: str | None
    ) -> None:
        """Recount one department and its province without the dossiers that have no sync receipt."""
        department, province = divergences.UNITS[divergences.LATE_SYNC]
        facts = _of_procedure(self._facts[department], procedure)
        kept = self._tally((fact for fact in facts if fact.dossier.synced_at is not None), period)
        self._replace_tally(scores, (department, province), (period, procedure), kept)

    def _replace_tally(
        self,
        scores: dict[str, UnitScores],
        units: tuple[str, ...],
        sheet: tuple[Period, str | None],
        kept: Tally,
    ) -> None:
        """Score a unit and its province (`units`) anew, with another tally of that unit."""
        (changed, province), (period, procedure) = units, sheet
        tallies = self._tallied(period, procedure)
        whole = Tally()
        for unit in self._world.units[province][1:]:
            whole.merge(kept if unit.code == changed else tallies[unit.code])
        scores[changed] = self._scores(changed, period, procedure, kept)
        scores[province] = self._scores(province, period, procedure, whole)

    def spoil_inherited(self, scores: UnitScores) -> dict[str, Figure]:
        """Add up the 1.3 that the province's units inherit."""
        found = scores.figures["1.3"]
        units = len(self._world.units[scores.unit_code]) - 1
        if not found.denominator or found.numerator is None:
            return dict(scores.figures)
        added = replace(found, numerator=found.numerator * units, denominator=found.denominator * units)
        return {**scores.figures, "1.3": added}

    def spoil_rule_set(self, scores: UnitScores) -> dict[str, Figure]:
        """Give 4.2 full marks at 80 %."""
        found = scores.figures["4.2"]
        if not found.denominator or found.numerator is None:
            return dict(scores.figures)
        scored = half_even(points("4.2", found.numerator, found.denominator, FULL_MARKS_AT_80))
        return {**scores.figures, "4.2": replace(found, score=scored)}

    def spoil_rounding(self, scores: UnitScores) -> dict[str, Figure]:
        """Round the score of 2.1 down."""
        found = scores.figures["2.1"]
        if not found.denominator or found.numerator is None:
            return dict(scores.figures)
        cut = round_down(points("2.1", found.numerator, found.denominator))
        return {**scores.figures, "2.1": replace(found, score=cut)}

    def spoil_population(self, scores: UnitScores) -> dict[str, Figure]:
        """Compute 4.3 over R."""
        counted = scores.tally
        return {**scores.figures, "4.3": figure("4.3", counted.reused_received, counted.received)}


SPOILT: dict[str, Callable[[Portal, UnitScores], dict[str, Figure]]] = {
    divergences.INHERITED_UNIT: Portal.spoil_inherited,
    divergences.RULE_SET_UNIT: Portal.spoil_rule_set,
    divergences.ROUNDING_UNIT: Portal.spoil_rounding,
    divergences.OTHER_POPULATION_UNIT: Portal.spoil_population,
}


def _of_procedure(facts: Iterable[Fact], procedure: str | None) -> Iterable[Fact]:
    if procedure is None:
        return facts
    return [fact for fact in facts if fact.procedure_code == procedure]


def _pairs(
    counted: Tally, context: Context
) -> dict[str, tuple[int | Fraction | None, int | Fraction | None]]:
    """Return numerator and denominator of every indicator of a unit."""
    population = counted.population
    fee, citizen = context.fee_procedures, context.citizen_procedures
    active = [s for s in context.services if s.procedure_code in counted.online_procedures]
    return {
        "1.1": context.announced,
        "1.2": context.made_public,
        "1.3": context.complete,
        "1.4": (counted.synced if context.received_total is not None else 0, context.received_total),
        "2.1": (counted.on_time, population),
        "3.1": (len(context.full_procedures) + len(context.partial_procedures), len(context.authority)),
        "3.2": (len(active), len(context.services)),
        "3.3": (counted.online, counted.received),
        "3.4": (len(fee & counted.paid_procedures), len(fee)),
        "3.5": (len(fee & counted.integrated_procedures), len(fee)),
        "3.6": (counted.paid, counted.obliged),
        "4.1": (counted.linked, population),
        "4.2": (counted.digitised, population),
        "4.3": (counted.reused, population),
        "4.4": (counted.stored, population),
        "4.5": (len(citizen & counted.marked_procedures), len(citizen)),
        "4.6": (counted.marked, population),
        "4.7": (None, None),
        "5.1": (context.petitions_on_time, context.petitions),
        "5.2": (context.petitions_content, context.petitions),
        "5.3": (counted.satisfied, population),
    }


def _first_blames(world: Truth) -> dict[str, dt.datetime]:
    """Return when each dossier was first named by a petition or rated `dissatisfied`."""
    first: dict[str, dt.datetime] = {}

    def blame(code: str, at: dt.datetime) -> None:
        first[code] = min(at, first.get(code, at))

    for petitions in world.petitions.values():
        for petition in petitions:
            if petition.dossier_code:
                blame(petition.dossier_code, petition.received_at)
    for ratings in world.ratings.values():
        for rating in ratings:
            if rating.rating == "Không hài lòng":
                blame(rating.dossier_code, rating.rated_at)
    return first
