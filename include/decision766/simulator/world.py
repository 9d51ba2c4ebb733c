"""The synthetic world: three provinces, half a year of dossiers, one fixed present.

Everything follows from the parameters; two worlds built with the same ones are equal. Date-times
are naive and local to Asia/Ho_Chi_Minh.
"""

# ruff: noqa: S311 - a seeded generator is wanted: the world must be the same at every build

import datetime as dt
import random
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from decision766.simulator import catalogue, transparency
from decision766.simulator.divergences import (
    HEAVY,
    LATE_SYNC_UNIT,
    QUARANTINED_UNIT,
    RULE_SET_UNIT,
    PlantedDivergence,
    choose_corrupted,
    plant_late_sync,
    planted_from,
)
from decision766.simulator.dossiers import DossierMaker, Profile
from decision766.simulator.model import (
    Dossier,
    Petition,
    Rating,
    Unit,
)
from decision766.simulator.names import People
from decision766.simulator.periods import Period, WorkingDays, published_periods
from decision766.simulator.petitions import make_petitions, make_ratings
from decision766.simulator.places import PROVINCES, build_units
from decision766.simulator.portal_scores import Portal, UnitScores
from decision766.simulator.truth import Truth

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
DEFAULT_SEED = 766
DEFAULT_DOSSIERS = 50_000
DEFAULT_FIRST_MONTH = "2026-04"
DEFAULT_MONTHS = 6
DEFAULT_PRESENT = "2026-09-28T08:00:00+07:00"
DEPARTMENT_SHARE = 0.38


def local_moment(text: str | dt.datetime) -> dt.datetime:
    """Return an ISO date-time as naive local time; one without an offset is local already."""
    moment = dt.datetime.fromisoformat(text) if isinstance(text, str) else text
    return moment.astimezone(LOCAL).replace(tzinfo=None) if moment.tzinfo else moment


@dataclass
class World(Truth):
    """The true objects, and the portal that publishes their scores."""

    _lock: Any = field(default_factory=threading.RLock, repr=False, compare=False)

    @classmethod
    def build(
        cls,
        seed: int = DEFAULT_SEED,
        dossiers: int = DEFAULT_DOSSIERS,
        first_month: str = DEFAULT_FIRST_MONTH,
        months: int = DEFAULT_MONTHS,
        present: str | dt.datetime = DEFAULT_PRESENT,
    ) -> "World":
        """Build the world.

        Args:
            seed: start of every random stream.
            dossiers: how many in all, over the three provinces.
            first_month: `yyyy-mm`; nothing is received before it.
            months: how many months, the first included; those after the present stay empty.
            present: the world's fixed now, with offset or local.

        Raises:
            ValueError: the present lies before the first month's first working day has passed.
        """
        now = local_moment(present)
        start = dt.date.fromisoformat(f"{first_month}-01")
        periods = published_periods(start, months, now)
        days = WorkingDays(start.year - 2, now.year + 1)
        open_days = _reception_days(periods, days, now)
        if not open_days:
            raise ValueError(f"no working day between {first_month} and the present {now:%Y-%m-%d}")
        units = build_units()
        people = People(seed, dossiers // 4)
        procedures = catalogue.build_procedures(seed, now)
        authorities = catalogue.build_authorities(seed, units, procedures, now)
        by_code = {procedure.code: procedure for procedure in procedures}
        made: dict[str, list[Dossier]] = {}
        petitions: dict[str, list[Petition]] = {}
        ratings: dict[str, list[Rating]] = {}
        for spec in PROVINCES:
            members = units[spec.code]
            counts = _shares(seed, members, round(dossiers * spec.share))
            for unit in members[1:]:
                rng = random.Random(f"{seed}:unit:{unit.code}")
                profile = _profile(rng, unit)
                citizens, companies = people.citizens[spec.code], people.companies[spec.code]
                maker = DossierMaker(rng, unit, profile, days, now, citizens, companies)
                held = [by_code[row.procedure_code] for row in authorities[unit.code]]
                found = maker.make(counts[unit.code], open_days, held)
                made[unit.code] = found
                wanted = round(counts[unit.code] * rng.uniform(0.0, 0.03)) + rng.choice((0, 0, 1))
                petitions[unit.code] = make_petitions(
                    rng,
                    unit.code,
                    count=wanted,
                    received_on=open_days,
                    dossiers=found,
                    people=citizens,
                    days=days,
                    present=now,
                )
                ratings[unit.code] = make_ratings(rng, found, profile.unhappy, now)
        plant_late_sync(made[LATE_SYNC_UNIT], now)
        national, portal = transparency.make_totals(seed, units, made, periods, now)
        month_list = [period for period in periods if period.grain == "month"]
        handled = {
            spec.code: sorted(
                {row.procedure_code for unit in units[spec.code][1:] for row in authorities[unit.code]}
            )
            for spec in PROVINCES
        }
        return cls(
            seed=seed,
            present=now,
            periods=periods,
            days=days,
            units=units,
            people=people,
            procedures=procedures,
            authorities=authorities,
            services=catalogue.build_services(seed, units, procedures, authorities, now),
            dossiers=made,
            petitions=petitions,
            ratings=ratings,
            decisions={
                spec.code: transparency.make_decisions(
                    seed, spec.code, months=month_list, procedures=procedures, days=days, present=now
                )
                for spec in PROVINCES
            },
            parts={
                spec.code: transparency.make_parts(seed, spec.code, handled[spec.code], now)
                for spec in PROVINCES
            },
            national_totals=national,
            portal_totals=portal,
            certified_copies={
                spec.code: transparency.make_certified_copies(seed, units[spec.code], made)
                for spec in PROVINCES
            },
            corrupted=choose_corrupted(made[QUARANTINED_UNIT]),
        )

    @cached_property
    def portal(self) -> Portal:
        """The portal that computes and publishes this world's scores."""
        return Portal(self)

    def published(self, period: Period, procedure: str | None = None) -> Mapping[str, UnitScores]:
        """Return what the portal publishes for a period: unit code → scores, all units."""
        with self._lock:
            return self.portal.published(period, procedure)

    def true_scores(self, period: Period, procedure: str | None = None) -> Mapping[str, UnitScores]:
        """Return what the true objects give for a period, without the planted divergences."""
        with self._lock:
            return self.portal.true_scores(period, procedure)

    def visible_scores(self, period: Period) -> Mapping[str, UnitScores]:
        """Return what the transmitted records give: true scores without the corrupted dossiers."""
        with self._lock:
            return self.portal.visible_scores(period)

    @cached_property
    def planted(self) -> list[PlantedDivergence]:
        """The planted divergences, found by comparing what is published with what is transmitted."""
        differences: dict[str, dict[Period, Sequence[str]]] = {}
        for period in self.periods:
            visible, published = self.visible_scores(period), self.published(period)
            for unit, scores in published.items():
                if codes := scores.differs_from(visible[unit]):
                    differences.setdefault(unit, {})[period] = codes
        return planted_from(differences)

    def identities(self) -> Iterator[str]:
        """Yield every personal value that the sources transmit, each once."""
        seen: set[str] = set()
        for person in self.people.all():
            for value in (person.name, person.id_number, person.phone, person.email, person.address):
                if value not in seen:
                    seen.add(value)
                    yield value


def _reception_days(periods: Sequence[Period], days: WorkingDays, present: dt.datetime) -> list[dt.date]:
    """Days on which dossiers come in: working days, and here and there a Saturday."""
    found = []
    for month in (period for period in periods if period.grain == "month"):
        day = month.start
        while day <= month.last_moment.date() and dt.datetime.combine(day, dt.time(7, 45)) < present:
            if days.is_working(day):
                found += [day] * 8
            elif day.weekday() == 5:
                found.append(day)
            day += dt.timedelta(days=1)
    return found


def _shares(seed: int, members: Sequence[Unit], total: int) -> dict[str, int]:
    """Divide a province's dossiers among its units; the last commune receives none."""
    rng = random.Random(f"{seed}:shares:{members[0].code}")
    departments = [unit for unit in members if unit.type == "department"]
    communes = [unit for unit in members if unit.type == "commune"]
    counts: dict[str, int] = {}
    for group, share in ((departments, DEPARTMENT_SHARE), (communes, 1 - DEPARTMENT_SHARE)):
        weights = [rng.uniform(0.3, 1.7) ** 1.5 for _ in group]
        for place, unit in enumerate(group):
            if unit.code in HEAVY:  # busy enough for its divergence to show in a small world too
                weights[place] = 2.0 if group is departments else 4.0
        if group is communes:
            weights[-1] = 0.0
        scale = total * share / sum(weights)
        for unit, weight in zip(group, weights, strict=True):
            counts[unit.code] = int(weight * scale)
    rest = total - sum(counts.values())
    for unit in (departments + communes)[: max(0, len(members) - 2)]:
        if rest <= 0:
            break
        counts[unit.code] += 1
        rest -= 1
    return counts


def _profile(rng: random.Random, unit: Unit) -> Profile:
    """Draw a unit's habits; the unit scored by another rule digitises well, but not too well."""
    profile = Profile.draw(rng)
    if unit.code == RULE_SET_UNIT:
        habits = {name: getattr(profile, name) for name in Profile.__slots__}
        profile = Profile(**{**habits, "digitised": 0.62, "linked": 0.9})
    return profile
