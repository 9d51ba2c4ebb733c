"""Everything the portal's scores need besides dossiers, of one unit in one period, as at E."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from decision766.simulator.model import Decision, Petition, Service, valid_on
from decision766.simulator.periods import MONTHS_OF, Period
from decision766.simulator.timeliness import petition_on_time
from decision766.simulator.transparency import PARTS
from decision766.simulator.truth import Truth

CITIZENS = {"1", "2", "3"}
OFFERED = {"public", "awaiting_stop", "under_test"}
ANNOUNCE_BEFORE_WD, PUBLISH_AFTER_WD = 5, 5


@dataclass(frozen=True, slots=True)
class Context:
    """A unit's inputs in a period. Pairs are (numerator, denominator)."""

    announced: tuple[int, int]
    made_public: tuple[int, int]
    complete: tuple[int, int]
    received_total: int | Fraction | None
    total_basis: str
    authority: frozenset[str]
    full_procedures: frozenset[str]
    partial_procedures: frozenset[str]
    services: tuple[Service, ...]
    fee_procedures: frozenset[str]
    citizen_procedures: frozenset[str]
    petitions: int
    petitions_on_time: int
    petitions_content: int
    petitions_procedure: int
    petitions_conduct: int


class Inputs:
    """Looks up and keeps the inputs of a world."""

    def __init__(self, world: Truth) -> None:
        self._world = world
        self._authority: dict[tuple[str, dt.date], frozenset[str]] = {}
        self._transparency: dict[tuple[str, Period], tuple[tuple[int, int], ...]] = {}
        self._services: dict[str, list[Service]] = defaultdict(list)
        for service in world.services:
            for unit in (*service.applied_units, *([service.province_code] if service.applied_units else [])):
                self._services[unit].append(service)
        self._members = {
            unit.code: ([u.code for u in members[1:]] if unit.type == "province" else [unit.code])
            for members in world.units.values()
            for unit in members
        }
        self._totals = {
            name: {(row.unit_code, row.period_grain, row.period_start): row.received_total for row in rows}
            for name, rows in (("national", world.national_totals), ("portal", world.portal_totals))
        }
        self._raised = _raised_again(world)

    def context(self, unit: str, period: Period, instant: dt.datetime, procedure: str | None) -> Context:
        """Return a unit's inputs. A procedure narrows what depends on services and citizens' procedures."""
        today = instant.date()
        province = unit.partition(".")[0]
        authority = self._authority_at(unit, today)
        live = [s for s in self._services[unit] if valid_on(s.valid_from, s.valid_to, today)]
        live = [service for service in live if service.state in OFFERED]
        full = frozenset(s.procedure_code for s in live if s.level == "full") & authority
        partial = frozenset(s.procedure_code for s in live if s.level == "partial") & authority
        services = tuple(s for s in live if procedure in (None, s.procedure_code))
        received_total, basis = self._received_total(unit, period)
        by_code = self._world.procedures_by_code
        announced, made_public, complete = self._province_figures(province, period, instant)
        petitions = [
            petition
            for member in self._members[unit]
            for petition in self._world.petitions[member]
            if period.first_moment <= petition.received_at <= instant
        ]
        punctual = [p for p in petitions if petition_on_time(p, instant, self._world.days)]
        return Context(
            announced=announced if procedure is None else (0, 0),
            made_public=made_public if procedure is None else (0, 0),
            complete=complete if procedure is None else (0, 0),
            received_total=received_total,
            total_basis=basis,
            authority=authority,
            full_procedures=full,
            partial_procedures=partial - full,
            services=services,
            fee_procedures=frozenset(code for code in authority if by_code[code].has_fee),
            citizen_procedures=frozenset(c for c in authority if CITIZENS & set(by_code[c].subject_codes)),
            petitions=len(petitions),
            petitions_on_time=len(punctual),
            petitions_content=sum(self._content(petition, instant) for petition in punctual),
            petitions_procedure=sum(petition.classification == "procedure" for petition in petitions),
            petitions_conduct=sum(petition.classification == "conduct" for petition in petitions),
        )

    def _content(self, petition: Petition, instant: dt.datetime) -> bool:
        """Whether a punctual petition left its sender content."""
        raised_at = self._raised.get(petition.petition_no)
        return petition.dislikes <= petition.likes and (raised_at is None or raised_at > instant)

    def _authority_at(self, unit: str, today: dt.date) -> frozenset[str]:
        """Procedures under authority of a unit and everything below it on a day."""
        key = (unit, today)
        if key not in self._authority:
            self._authority[key] = frozenset(
                row.procedure_code
                for member in self._members[unit]
                for row in self._world.authorities[member]
                if valid_on(row.valid_from, row.valid_to, today)
            )
        return self._authority[key]

    def _province_figures(
        self, province: str, period: Period, instant: dt.datetime
    ) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
        """Return 1.1, 1.2 and 1.3 of a province, which its units inherit."""
        key = (province, period)
        if key not in self._transparency:
            decisions = self._world.decisions[province]
            self._transparency[key] = (
                self._announced(decisions, period, instant),
                self._made_public(decisions, period, instant),
                self._complete(province, instant),
            )
        announced, made_public, complete = self._transparency[key]
        return announced, made_public, complete

    def _announced(
        self, decisions: Iterable[Decision], period: Period, instant: dt.datetime
    ) -> tuple[int, int]:
        """1.1: procedures whose local decisions all came five working days before they took effect."""
        today, days = instant.date(), self._world.days
        listed: dict[str, list[Decision]] = defaultdict(list)
        for decision in decisions:
            if period.start <= decision.decided_on <= today:
                for code, _shown in decision.procedures:
                    if self._world.procedures_by_code[code].public_at(today):
                        listed[code].append(decision)

        def early(decision: Decision) -> bool:
            effect = decision.legal_effect_on
            return effect is not None and decision.decided_on <= days.add(effect, -ANNOUNCE_BEFORE_WD)

        punctual = 0
        for found in listed.values():
            local = [decision for decision in found if decision.is_local]
            punctual += bool(local) and all(early(decision) for decision in local)
        return punctual, len(listed)

    def _made_public(
        self, decisions: Iterable[Decision], period: Period, instant: dt.datetime
    ) -> tuple[int, int]:
        """1.2: procedures every instance of which was made public within five working days."""
        today, days = instant.date(), self._world.days
        instances: dict[str, list[bool]] = defaultdict(list)
        for decision in decisions:
            deadline = days.add(decision.decided_on, PUBLISH_AFTER_WD)
            for code, published_on in decision.procedures:
                shown = published_on if published_on is not None and published_on <= today else None
                due = period.start <= deadline <= today
                if due or (shown is not None and shown >= period.start):
                    instances[code].append(shown is not None and shown <= deadline)
        return sum(all(found) for found in instances.values()), len(instances)

    def _complete(self, province: str, instant: dt.datetime) -> tuple[int, int]:
        """1.3: public procedures under the province's authority that hold all seven parts."""
        today = instant.date()
        held: dict[str, set[str]] = defaultdict(set)
        for part in self._world.parts[province]:
            if valid_on(part.valid_from, part.valid_to, today):
                held[part.procedure_code].add(part.part)
        public = [
            code
            for code in self._authority_at(province, today)
            if self._world.procedures_by_code[code].public_at(today)
        ]
        return sum(held[code] >= set(PARTS) for code in public), len(public)

    def _received_total(self, unit: str, period: Period) -> tuple[int | Fraction | None, str]:
        """1.4's denominator and what it rests on: national, portal, year_before or none."""
        national = self._total("national", unit, period.grain, period.start) or 0
        portal = self._total("portal", unit, period.grain, period.start) or 0
        if national or portal:
            return max(national, portal), "national" if national >= portal else "portal"
        january = dt.date(period.start.year - 1, 1, 1)
        annual = self._total("national", unit, "year", january)
        if not annual:
            return None, "none"
        share = Fraction(annual * MONTHS_OF[period.grain], 12)
        return (int(share) if share.denominator == 1 else share), "year_before"

    def _total(self, name: str, unit: str, grain: str, start: dt.date) -> int | None:
        """A unit's own row, else the sum of its children's, else null."""
        totals = self._totals[name]
        own = totals.get((unit, grain, start))
        if own is not None or self._members[unit] == [unit]:
            return own
        rows = [totals.get((member, grain, start)) for member in self._members[unit]]
        known = [row for row in rows if row is not None]
        return sum(known) if known else None


def _raised_again(world: Truth) -> dict[str, dt.datetime]:
    """Petition number → when it was first raised again."""
    first: dict[str, dt.datetime] = {}
    for petitions in world.petitions.values():
        for petition in petitions:
            number = petition.predecessor_no
            if number is not None:
                first[number] = min(petition.received_at, first.get(number, petition.received_at))
    return first
