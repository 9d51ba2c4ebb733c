"""Petitions of a unit with their timelines, and the ratings that applicants leave."""

import datetime as dt
import random
from collections.abc import Sequence

from decision766.simulator.model import Dossier, Person, Petition, Rating, Step
from decision766.simulator.periods import WorkingDays

RATINGS = ("Rất hài lòng", "Hài lòng", "Không hài lòng")


def _at(rng: random.Random, days: WorkingDays, base: dt.datetime, working_days: int) -> dt.datetime:
    """Return office time of the n-th working day after a moment; for 0 the same day, later."""
    if working_days == 0:
        return base + dt.timedelta(minutes=rng.randint(5, 180))
    day = days.add(base.date(), working_days)
    return dt.datetime.combine(day, dt.time(8)) + dt.timedelta(seconds=rng.randint(0, 30_000))


def _timeline(
    rng: random.Random, days: WorkingDays, received: dt.datetime, present: dt.datetime, careless: float
) -> tuple[Step, ...]:
    """Draw the course of a petition; steps that lie ahead of the present have not happened."""
    late = rng.random() < careless
    moments: list[tuple[str, dt.datetime]] = [("received", received)]
    base = received
    if rng.random() < 0.35:
        base = _at(rng, days, received, rng.randint(0, 3))
        moments.append(("forwarded", base))
    kind = rng.choices(
        ("answered", "published", "refused", "returned", "supplement", "idle"), (60, 8, 8, 6, 10, 8)
    )[0]
    if kind in ("refused", "returned"):
        moments.append((kind, _at(rng, days, base, rng.randint(3, 9) if late else rng.randint(0, 2))))
    elif kind == "supplement":
        asked = _at(rng, days, base, rng.randint(6, 12) if late else rng.randint(1, 5))
        moments.append(("supplement_requested", asked))
        if rng.random() < 0.5:
            moments.append(("supplemented", _at(rng, days, asked, rng.randint(1, 6))))
    else:
        started = _at(rng, days, base, rng.randint(0, 2))
        moments.append(("processing", started))
        if kind != "idle":
            answered = _at(rng, days, started, rng.randint(16, 28) if late else rng.randint(2, 12))
            moments.append((kind, answered))
            if kind == "answered" and rng.random() < 0.9:
                moments.append(("published", _at(rng, days, answered, rng.choice((0, 1, 2, 2, 4)))))
    past = [moment for moment in moments if moment[1] < present]
    ends = [at for _status, at in past[1:]] + [None]
    return tuple(Step(status, at, end) for (status, at), end in zip(past, ends, strict=True))


def make_petitions(
    rng: random.Random,
    unit_code: str,
    *,
    count: int,
    received_on: Sequence[dt.date],
    dossiers: Sequence[Dossier],
    people: Sequence[Person],
    days: WorkingDays,
    present: dt.datetime,
) -> list[Petition]:
    """Make the petitions of one unit; some name a dossier, some raise an earlier petition again."""
    careless = rng.choice((0.02, 0.1, 0.35))
    found: list[Petition] = []
    for number, day in enumerate(sorted(rng.choices(received_on, k=count)), start=1):
        received = dt.datetime.combine(day, dt.time(7, 45)) + dt.timedelta(seconds=rng.randint(0, 33_000))
        received = min(received, present - dt.timedelta(minutes=10))
        named = rng.choice(dossiers) if dossiers and rng.random() < 0.4 else None
        if named and named.received_at >= received:
            named = None
        earlier = rng.choice(found).petition_no if found and rng.random() < 0.07 else None
        found.append(
            Petition(
                petition_id=f"{unit_code}-PA-{number:05d}",
                petition_no=f"PAKN.{unit_code.replace('.', '')}.{day:%y%m%d}.{number:04d}",
                unit_code=unit_code,
                person=rng.choice(people),
                submitted_at=received - dt.timedelta(minutes=rng.randint(1, 3_000)),
                received_at=received,
                classification=rng.choices(("procedure", "conduct", "other"), (70, 22, 8))[0],
                dossier_code=named.code if named else None,
                predecessor_no=earlier,
                likes=rng.randint(0, 9),
                dislikes=rng.choice((0, 0, 0, 0, 1, 2, 12)),
                due_at=_at(rng, days, received, 15),
                timeline=_timeline(rng, days, received, present, careless),
            )
        )
    return found


def make_ratings(
    rng: random.Random, dossiers: Sequence[Dossier], unhappy: float, present: dt.datetime
) -> list[Rating]:
    """Make the ratings of one unit: about one returned dossier in ten is rated."""
    found = []
    for dossier in dossiers:
        if dossier.returned_at is None or rng.random() > 0.1:
            continue
        rated_at = dossier.returned_at + dt.timedelta(minutes=rng.randint(10, 9_000))
        if rated_at < present:
            rating = rng.choices(RATINGS, (0.5, 0.5 - unhappy, unhappy))[0]
            found.append(Rating(dossier.code, rated_at, rating, dossier.person))
    return found
