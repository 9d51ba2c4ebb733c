"""A portal that plants one cause per unit of Cà Mau (H12), and combinations of them, in two stages.

Stage 1 is what it publishes first; stage 2 restates. Where nothing is planted it publishes the truth.
"""

from dataclasses import replace

from decision766.simulator import divergences
from decision766.simulator.model import Dossier
from decision766.simulator.periods import Period
from decision766.simulator.portal_scores import Portal, UnitScores
from decision766.simulator.rules import figure
from decision766.simulator.tally import Tally
from decision766.simulator.world import World

PROVINCE = "H12"
LATE, HELD, RULE, ROUNDED, POPULATION, RESTATED = "H12.04", "H12.02", "H12.03", "H12.05", "H12.06", "H12.07"
LATE_AND_HELD, LATE_AND_RULE, RESTATED_LATE = "H12.08", "H12.09", "H12.10"
PLANTED = (LATE, HELD, RULE, ROUNDED, POPULATION, RESTATED, LATE_AND_HELD, LATE_AND_RULE, RESTATED_LATE)
HELD_EACH = 4


def plant(world: World) -> "PlantedPortal":
    """Take receipts away and corrupt records where a cause needs it; put the portal in its place."""
    world.corrupted.clear()
    for unit in (LATE, LATE_AND_HELD, LATE_AND_RULE, RESTATED_LATE):
        divergences.plant_late_sync(world.dossiers[unit], world.present)
    for unit in (HELD, LATE_AND_HELD):
        sound = [d for d in world.dossiers[unit] if d.synced_at and d.finished_at and d.status != 3]
        kinds = divergences.CORRUPTIONS
        for place, dossier in enumerate(sound[:HELD_EACH]):
            world.corrupted[dossier.code] = kinds[place % len(kinds)]
    portal = PlantedPortal(world)
    world.__dict__["portal"] = portal  # in the place of the cached property
    return portal


class PlantedPortal(Portal):
    """The portal of the world with the plantings of this module instead of the world's own."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.stage = 1

    def published(self, period: Period, procedure: str | None = None) -> dict[str, UnitScores]:
        """Return the true scores with what is planted at this stage."""
        scores = dict(self.true_scores(period, procedure))
        late = [LATE, LATE_AND_HELD, LATE_AND_RULE, *([RESTATED_LATE] if self.stage == 2 else [])]
        self._leave_out(scores, late, period, procedure)
        for units, spoil in (
            ((PROVINCE,), self.spoil_inherited),
            ((RULE, LATE_AND_RULE), self.spoil_rule_set),
            ((ROUNDED,), self.spoil_rounding),
            ((POPULATION,), self.spoil_population),
            ((RESTATED,), self._restate if self.stage == 2 else lambda found: found.figures),
        ):
            for unit in units:
                scores[unit] = replace(scores[unit], figures=spoil(scores[unit]))
        return scores

    def _restate(self, scores: UnitScores) -> dict:
        """One dossier fewer on time than first published."""
        found = scores.figures["2.1"]
        if not found.numerator:
            return dict(scores.figures)
        return {**scores.figures, "2.1": figure("2.1", found.numerator - 1, found.denominator)}

    def _leave_out(
        self, scores: dict[str, UnitScores], units: list[str], period: Period, procedure: str | None
    ) -> None:
        """Recount units, and the province, without what has no receipt."""
        kept = {unit: self._tally(self._synced(unit, procedure), period) for unit in units}
        whole = Tally()
        for unit in self._world.units[PROVINCE][1:]:
            whole.merge(kept.get(unit.code) or self._tallied(period, procedure)[unit.code])
        for unit, counted in {**kept, PROVINCE: whole}.items():
            scores[unit] = self._scores(unit, period, procedure, counted)

    def _synced(self, unit: str, procedure: str | None) -> list:
        return [
            fact
            for fact in self._facts[unit]
            if fact.dossier.synced_at is not None and procedure in (None, fact.procedure_code)
        ]

    def form_counts(self, unit: str, period: Period) -> dict[str, int]:
        """What form II.06a would truly say of a unit and period."""
        instant, days = self.evaluated(period), self._world.days
        counts = dict.fromkeys(
            ("received_total", "received_online", "received_direct", "received_postal", "carried_over",
             "resolved_total", "resolved_overdue", "in_process_total"), 0)  # fmt: skip
        for fact in self._facts[unit]:
            dossier: Dossier = fact.dossier
            judged = fact.judged(instant, days)
            received = period.first_moment <= dossier.received_at <= instant
            carried = dossier.received_at < period.first_moment and not (
                judged.ended_at and judged.ended_at < period.first_moment
            )
            if dossier.status == 3 or not (received or carried):
                continue
            counts["carried_over"] += carried
            counts["received_total"] += received
            counts["received_online"] += received and fact.online
            counts["received_postal"] += received and dossier.channel == 3
            counts["received_direct"] += received and dossier.channel not in (2, 3)
            counts["resolved_total"] += judged.ended_at is not None
            counts["resolved_overdue"] += judged.ended_at is not None and not judged.on_time
            counts["in_process_total"] += judged.ended_at is None
        return counts
