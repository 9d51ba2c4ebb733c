"""Dossiers of one unit: received, promised, supplemented, finished, paid, digitised, synchronised."""

import datetime as dt
import random
from dataclasses import dataclass

from decision766.simulator.model import Component, Dossier, Event, Person, Procedure, Result, Supplement, Unit
from decision766.simulator.periods import WorkingDays, add_months

SECOND = dt.timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Profile:
    """How a unit works: shares between 0 and 1."""

    online: float
    late: float
    paid: float
    digitised: float
    linked: float
    reused: float
    personal_store: float
    vneid: float
    synced: float
    unhappy: float

    @classmethod
    def draw(cls, rng: random.Random) -> "Profile":
        """Draw the habits of a unit."""
        return cls(
            online=rng.uniform(0.25, 0.98),
            late=rng.choice((0.01, 0.03, 0.06, 0.1, 0.2)) * rng.uniform(0.5, 1.4),
            paid=rng.uniform(0.15, 0.95),
            digitised=rng.uniform(0.2, 0.95),
            linked=rng.uniform(0.4, 0.95),
            reused=rng.uniform(0.05, 0.95),
            personal_store=rng.uniform(0.0, 0.3),
            vneid=rng.uniform(0.2, 0.8),
            synced=rng.uniform(0.97, 1.0),
            unhappy=rng.uniform(0.0, 0.08),
        )


@dataclass(slots=True)
class DossierMaker:
    """Makes the dossiers of one unit; every moment it writes lies before `present`."""

    rng: random.Random
    unit: Unit
    profile: Profile
    days: WorkingDays
    present: dt.datetime
    citizens: list[Person]
    companies: list[Person]

    def make(self, count: int, days: list[dt.date], procedures: list[Procedure]) -> list[Dossier]:
        """Make `count` dossiers received on the days given, busy procedures first."""
        rng = self.rng
        weights = [1.0 / (rank + 1) ** 0.9 for rank in range(len(procedures))]
        received_on = sorted(rng.choices(days, k=count))
        chosen = rng.choices(procedures, weights, k=count)
        serial: dict[dt.date, int] = {}
        found = []
        for day, procedure in zip(received_on, chosen, strict=True):
            serial[day] = serial.get(day, 0) + 1
            found.append(self._dossier(f"{self.unit.code}-{day:%y%m%d}-{serial[day]:05d}", day, procedure))
        return found

    def _known(self, moment: dt.datetime | None) -> dt.datetime | None:
        """Return the moment if it has come to pass."""
        return moment.replace(microsecond=0) if moment is not None and moment < self.present else None

    def _dossier(self, code: str, day: dt.date, procedure: Procedure) -> Dossier:
        rng, profile = self.rng, self.profile
        online = rng.random() < profile.online
        received = dt.datetime.combine(day, dt.time(7, 30)) + dt.timedelta(seconds=rng.randint(0, 34_000))
        received = min(received, self.present - dt.timedelta(minutes=5))
        submitted = received - dt.timedelta(minutes=rng.randint(1, 600)) if online else received
        business = "1" not in procedure.subject_codes or (
            len(procedure.subject_codes) > 1 and rng.random() < 0.3
        )
        due = self._due(received, procedure)
        promised = due if rng.random() > 0.04 else None
        supplements, shift = self._supplements(received, due, promised)
        draw = rng.random()
        finished = returned = refused = None
        events = [Event(2, received)]
        events += [Event(5, s.requested_at) for s in supplements]
        status = 5 if supplements and supplements[-1].completed_at is None else 4
        ending = self._ending(received, due, shift, supplements)
        if draw < 0.02:
            status, refused = 3, self._known(received + dt.timedelta(hours=rng.randint(1, 40)))
            supplements, events = (), [Event(3, refused or received)]
        elif draw < 0.06 and (closed := self._known(ending)):
            status = 7 if draw < 0.035 else 8
            events.append(Event(status, closed))
            refused = closed if draw >= 0.048 else None
            supplements = tuple(s for s in supplements if s.requested_at <= closed)
        elif draw < 0.985 and status != 5 and (done := self._known(ending)):
            status, finished = 9, done
            events.append(Event(9, done))
            handed = self._known(done + dt.timedelta(minutes=rng.randint(1, rng.choice((60, 60, 4000)))))
            if handed and rng.random() < 0.9:
                status, returned = 10, handed
                events.append(Event(10, handed))
            if rng.random() < 0.06:  # the end is known by its event alone
                finished = None
                if rng.random() < 0.3 and returned:
                    events = [event for event in events if event.status != 9]
        elif status == 4:
            status = rng.choice((2, 4, 4, 6))
            if rng.random() < 0.5 and (at := self._known(received + dt.timedelta(minutes=45))):
                events.append(Event(4, at))
        if supplements and supplements[-1].promised_after:
            promised = supplements[-1].promised_after
        return Dossier(
            code=code,
            unit_code=self.unit.code,
            procedure=procedure,
            person=rng.choice(self.companies if business else self.citizens),
            channel=2 if online else (1 if rng.random() < 0.93 else 3),
            applicant_type=2 if business else 1,
            database_codes=tuple(code for code in "123" if rng.random() < (0.25 if code == "1" else 0.04)),
            submitted_at=submitted,
            received_at=received,
            promised_at=promised,
            finished_at=finished,
            returned_at=returned,
            refused_at=refused,
            status=status,
            delivery=int(rng.random() < 0.12),
            filed_at_place=1 if online and rng.random() < 0.7 else 2,
            has_digitised_component=rng.random() < profile.reused,
            vneid_verified=online and rng.random() < profile.vneid,
            payment_flag=self._payment(procedure, online),
            components=self._components(),
            fees=self._fees(procedure),
            supplements=supplements,
            results=self._results(status, returned),
            events=tuple(sorted(events, key=lambda event: (event.at, event.status))),
            synced_at=self._synced(received),
            noise=rng.getrandbits(48),
        )

    def _due(self, received: dt.datetime, procedure: Procedure) -> dt.datetime:
        limit, unit = procedure.max_time, procedure.max_time_unit
        if limit is None or unit is None:
            limit, unit = 10, "working_day"
        if unit == "working_day":
            return dt.datetime.combine(self.days.add(received.date(), limit), received.time())
        if unit == "month":
            return add_months(received, limit)
        return received + (dt.timedelta(hours=limit) if unit == "hour" else dt.timedelta(days=limit))

    def _supplements(
        self, received: dt.datetime, due: dt.datetime, promised: dt.datetime | None
    ) -> tuple[tuple[Supplement, ...], dt.timedelta]:
        """Return the requests made so far and the time that completed ones took."""
        rng = self.rng
        draw = rng.random()
        wanted = 0 if draw > 0.09 else (2 if draw < 0.015 else 1)
        found: list[Supplement] = []
        shift, at = dt.timedelta(0), received
        for _ in range(wanted):
            requested = self._known(at + (due - received) * rng.uniform(0.1, 0.6) + SECOND)
            if requested is None:
                break
            completed = None
            if rng.random() < 0.8:
                waited = dt.timedelta(seconds=rng.randint(3_600, 8 * 86_400))
                completed = self._known(requested + waited)
            after = promised
            if completed and promised:
                after = promised + (completed - requested)
            found.append(Supplement(requested, completed, promised if rng.random() < 0.9 else None, after))
            if completed is None:
                break
            shift, at, promised = shift + (completed - requested), completed, after
        return tuple(found), shift

    def _ending(
        self,
        received: dt.datetime,
        due: dt.datetime,
        shift: dt.timedelta,
        supplements: tuple[Supplement, ...],
    ) -> dt.datetime:
        """Return when the work on a dossier ends, in the future or not; after its last supplement."""
        rng = self.rng
        allowed = due - received
        if rng.random() < self.profile.late:
            took = allowed * rng.uniform(1.02, 1.6) + dt.timedelta(minutes=rng.randint(30, 9_000))
        else:
            took = max(allowed * rng.triangular(0.05, 1.0, 0.5), dt.timedelta(minutes=3))
        ending = received + took + shift
        if supplements:
            last = supplements[-1]
            ending = max(ending, (last.completed_at or last.requested_at) + dt.timedelta(minutes=20))
        return ending.replace(microsecond=0)

    def _payment(self, procedure: Procedure, online: bool) -> int:
        if not procedure.has_fee:
            return 0
        if self.rng.random() < (self.profile.paid if online else self.profile.paid * 0.3):
            return 1 if self.rng.random() < 0.7 else 2
        return self.rng.choice((0, 3, 3))

    def _fees(self, procedure: Procedure) -> tuple[int, ...]:
        draw = self.rng.random()
        if not procedure.has_fee:
            return (0,) if draw < 0.15 else ()
        if draw < 0.05:
            return tuple(0 for _ in procedure.fees)
        return () if draw < 0.12 else procedure.fees

    def _components(self) -> tuple[Component, ...]:
        rng, profile = self.rng, self.profile
        return tuple(
            Component(
                has_file=rng.random() < profile.digitised,
                digitised=rng.random() < profile.reused * 0.6,
                reused=rng.choice((0, 0, 1, 2)),
                from_personal_store=rng.random() < profile.personal_store,
                deleted=rng.random() < 0.06,
            )
            for _ in range(rng.choice((1, 1, 1, 2, 2, 3)))
        )

    def _results(self, status: int, returned: dt.datetime | None) -> tuple[Result, ...]:
        if status not in (9, 10):
            return ()
        linked = self.rng.random() < self.profile.linked * (1.0 if returned else 0.6)
        return (Result(linked, linked and self.rng.random() < 0.9),)

    def _synced(self, received: dt.datetime) -> dt.datetime | None:
        rng = self.rng
        if rng.random() >= self.profile.synced:
            return None
        delay = dt.timedelta(seconds=rng.randint(20, rng.choice((900, 900, 900, 200_000))))
        return min(received + delay, self.present - SECOND)
