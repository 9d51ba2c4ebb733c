"""When a dossier or a petition is on time, judged at an instant (docs/readings.md, «Clock»).

Plain Python over true objects, written from the readings alone.
"""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from decision766.simulator.model import Dossier, Petition, Step
from decision766.simulator.periods import WorkingDays, add_months

NO_TIME = dt.timedelta(0)
PROCESSED, RETURNED, WITHDRAWN, STOPPED = 9, 10, 7, 8


class Ends(NamedTuple):
    """The three moments that may end a dossier, in order of precedence."""

    done_at: dt.datetime | None
    returned_at: dt.datetime | None
    closed_at: dt.datetime | None

    def at(self, instant: dt.datetime) -> dt.datetime | None:
        """Return when the dossier ended, as known at the instant; null while it is open."""
        for moment in self:
            if moment is not None and moment <= instant:
                return moment
        return None


class Judgement(NamedTuple):
    """A dossier's clock at an instant."""

    ended_at: dt.datetime | None
    clock_end: dt.datetime
    supplement_time: dt.timedelta
    on_time: bool
    reason: str


def ends_of(dossier: Dossier) -> Ends:
    """Return the moments that may end a dossier."""
    done = dossier.finished_at or _first_event(dossier, PROCESSED)
    returned = dossier.returned_at or _first_event(dossier, RETURNED)
    closing = [event.at for event in dossier.events if event.status in (WITHDRAWN, STOPPED)]
    if dossier.refused_at:
        closing.append(dossier.refused_at)
    after_reception = [at for at in closing if at >= dossier.received_at]
    return Ends(done, returned, min(after_reception, default=None))


def _first_event(dossier: Dossier, status: int) -> dt.datetime | None:
    return min((event.at for event in dossier.events if event.status == status), default=None)


def judge(dossier: Dossier, ends: Ends, instant: dt.datetime, days: WorkingDays) -> Judgement:
    """Judge a dossier received by the instant."""
    requests = [s for s in dossier.supplements if s.requested_at <= instant]
    ended_at = ends.at(instant)
    request = requests[0] if requests else None
    completed_at = request.completed_at if request else None
    if completed_at is not None and completed_at > instant:
        completed_at = None
    if ended_at is not None:
        clock_end = ended_at
    elif len(requests) == 1 and request is not None and completed_at is None:
        clock_end = request.requested_at
    else:
        clock_end = instant
    supplement_time = NO_TIME
    if request is not None and completed_at is not None:
        supplement_time = max(NO_TIME, min(completed_at, clock_end) - request.requested_at)
    if len(requests) > 1:
        return Judgement(ended_at, clock_end, supplement_time, False, "repeated_supplement")
    promised = dossier.promised_at
    if request is not None and request.promised_before is not None:
        promised = request.promised_before
    if promised is not None:
        on_time = clock_end - supplement_time <= promised
        return Judgement(ended_at, clock_end, supplement_time, on_time, "promised")
    if dossier.procedure.max_time is None or dossier.procedure.max_time_unit is None:
        return Judgement(ended_at, clock_end, supplement_time, False, "no_deadline")
    on_time = _within_maximum(dossier, clock_end, supplement_time, completed_at, days)
    return Judgement(ended_at, clock_end, supplement_time, on_time, "maximum")


def _within_maximum(
    dossier: Dossier,
    clock_end: dt.datetime,
    supplement_time: dt.timedelta,
    completed_at: dt.datetime | None,
    days: WorkingDays,
) -> bool:
    maximum, unit = dossier.procedure.max_time, dossier.procedure.max_time_unit
    assert maximum is not None  # noqa: S101 - the caller has looked
    start = dossier.received_at
    if unit == "working_day":
        return working_days_taken(dossier, clock_end, completed_at, days) <= maximum
    if unit == "month":
        return clock_end - supplement_time <= add_months(start, maximum)
    allowed = dt.timedelta(hours=maximum) if unit == "hour" else dt.timedelta(days=maximum)
    return clock_end - start - supplement_time <= allowed


def working_days_taken(
    dossier: Dossier, clock_end: dt.datetime, completed_at: dt.datetime | None, days: WorkingDays
) -> int:
    """Count the working days from reception to the clock's end, less those of the completed request."""
    taken = days.between(dossier.received_at.date(), clock_end.date())
    if completed_at is not None:
        taken -= days.between(dossier.supplements[0].requested_at.date(), completed_at.date())
    return taken


def petition_on_time(petition: Petition, instant: dt.datetime, days: WorkingDays) -> bool:
    """Judge a petition received by the instant; the first rule that matches decides."""
    steps = [step for step in petition.timeline if step.started_at <= instant]

    def base(at: dt.datetime) -> dt.date:
        forwardings = [s.started_at for s in steps if s.status == "forwarded" and s.started_at <= at]
        return max(forwardings, default=petition.received_at).date()

    def within(at: dt.datetime, limit: int) -> bool:
        return at.date() <= days.add(base(at), limit)

    closed = _first(steps, {"refused", "returned"})
    if closed:
        return within(closed, 2)
    answered, published = _first(steps, {"answered"}), _first(steps, {"published"})
    if answered:
        shown_by = days.add(answered.date(), 2)
        return within(answered, 15) and (published or instant).date() <= shown_by
    if published:
        return within(published, 15)
    requested = _first(steps, {"supplement_requested"})
    if requested and not any(
        step.status in ("processing", "supplemented") and step.started_at > requested for step in steps
    ):
        return within(requested, 5)
    return within(instant, 15)


def _first(steps: Iterable[Step], statuses: set[str]) -> dt.datetime | None:
    return min((step.started_at for step in steps if step.status in statuses), default=None)
