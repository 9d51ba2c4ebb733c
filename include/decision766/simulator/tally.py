"""What a unit's dossiers amount to in a period: counts, and sets of procedures.

A province's tally is the merge of its units': counts add up, sets are united, so that a procedure is
counted once however many units handled it.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from decision766.simulator.model import Dossier
from decision766.simulator.periods import Period, WorkingDays
from decision766.simulator.timeliness import Ends, Judgement, ends_of, judge

NOT_ACCEPTED = 3
ONLINE, POSTAL = 2, 3
NATIONAL_PORTAL = 1
POPULATION_DATABASE = "1"
PAID = (1, 2)


@dataclass(slots=True)
class Fact:
    """A dossier with everything about it that does not depend on the instant."""

    dossier: Dossier
    ends: Ends
    procedure_code: str
    online: bool
    paid: bool
    fee_on_portal: bool
    obliged: bool
    linked: bool
    digitised: bool
    reused: bool
    stored: bool
    marked: bool
    judgements: dict[dt.datetime, Judgement] = field(default_factory=dict)

    def judged(self, instant: dt.datetime, days: WorkingDays) -> Judgement:
        """Return the dossier's clock at an instant, computed once."""
        found = self.judgements.get(instant)
        if found is None:
            found = self.judgements[instant] = judge(self.dossier, self.ends, instant, days)
        return found


def fact_of(dossier: Dossier) -> Fact:
    """Work out what a dossier contributes to."""
    procedure = dossier.procedure
    linked = any(result.has_link for result in dossier.results)
    held = any(component.has_file and not component.deleted for component in dossier.components)
    stored = any(component.from_personal_store for component in dossier.components)
    if dossier.filed_at_place == NATIONAL_PORTAL:
        reused = any(component.digitised for component in dossier.components)
    else:
        reused = dossier.has_digitised_component
    exempt = bool(dossier.fees) and not any(dossier.fees)
    return Fact(
        dossier=dossier,
        ends=ends_of(dossier),
        procedure_code=procedure.code,
        online=dossier.channel == ONLINE,
        paid=dossier.payment_flag in PAID,
        fee_on_portal=dossier.filed_at_place == NATIONAL_PORTAL and any(dossier.fees),
        obliged=procedure.has_fee and not exempt,
        linked=linked,
        digitised=held and (linked or not procedure.paper_result_required),
        reused=reused,
        stored=stored,
        marked=dossier.vneid_verified or stored or POPULATION_DATABASE in dossier.database_codes,
    )


@dataclass(slots=True)
class Tally:
    """Counts of dossiers in R and P, and sets of procedure codes, of one unit or of many."""

    received: int = 0
    population: int = 0
    on_time: int = 0
    satisfied: int = 0
    synced: int = 0
    online: int = 0
    postal: int = 0
    online_on_time: int = 0
    obliged: int = 0
    paid: int = 0
    linked: int = 0
    digitised: int = 0
    reused: int = 0
    reused_received: int = 0
    stored: int = 0
    marked: int = 0
    completed: int = 0
    seconds: int = 0
    online_procedures: set[str] = field(default_factory=set)
    paid_procedures: set[str] = field(default_factory=set)
    integrated_procedures: set[str] = field(default_factory=set)
    marked_procedures: set[str] = field(default_factory=set)

    def merge(self, other: "Tally") -> None:
        """Add another unit's tally to this one."""
        for name in Tally.__slots__:
            mine = getattr(self, name)
            if isinstance(mine, set):
                mine |= getattr(other, name)
            else:
                setattr(self, name, mine + getattr(other, name))

    def mean_days(self) -> Fraction:
        """Mean time of the completed dossiers in days, 0 if there is none."""
        return Fraction(self.seconds, 86_400 * self.completed) if self.completed else Fraction(0)


def tally(
    facts: Iterable[Fact],
    period: Period,
    instant: dt.datetime,
    days: WorkingDays,
    blamed: Mapping[str, dt.datetime],
) -> Tally:
    """Count a unit's dossiers in a period, judged at E = `instant`.

    blamed: dossier code → when it was first named by a petition or rated `dissatisfied`.
    """
    found, start = Tally(), period.first_moment
    for fact in facts:
        dossier = fact.dossier
        if dossier.status == NOT_ACCEPTED or dossier.received_at > instant:
            continue
        clock = fact.judged(instant, days)
        if dossier.received_at >= start:
            _count_received(found, fact, clock, instant)
        elif clock.ended_at is not None and clock.ended_at < start:
            continue
        _count_population(found, fact, clock, instant, blamed)
    return found


def _count_received(found: Tally, fact: Fact, clock: Judgement, instant: dt.datetime) -> None:
    dossier = fact.dossier
    found.received += 1
    found.synced += dossier.synced_at is not None and dossier.synced_at <= instant
    found.reused_received += fact.reused
    found.postal += dossier.channel == POSTAL
    if fact.online:
        found.online += 1
        found.online_on_time += clock.on_time
        found.online_procedures.add(fact.procedure_code)
    if fact.fee_on_portal:
        found.integrated_procedures.add(fact.procedure_code)


def _count_population(
    found: Tally, fact: Fact, clock: Judgement, instant: dt.datetime, blamed: Mapping[str, dt.datetime]
) -> None:
    found.population += 1
    if clock.on_time:
        found.on_time += 1
        first_blame = blamed.get(fact.dossier.code)
        found.satisfied += first_blame is None or first_blame > instant
    if fact.obliged:
        found.obliged += 1
        found.paid += fact.paid
    if fact.paid:
        found.paid_procedures.add(fact.procedure_code)
    found.linked += fact.linked
    found.digitised += fact.digitised
    found.reused += fact.reused
    found.stored += fact.stored
    if fact.marked:
        found.marked += 1
        found.marked_procedures.add(fact.procedure_code)
    if clock.ended_at is not None:
        found.completed += 1
        taken = clock.clock_end - fact.dossier.received_at - clock.supplement_time
        found.seconds += int(taken.total_seconds())
