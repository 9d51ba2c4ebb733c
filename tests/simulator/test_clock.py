"""The clock of a dossier and of a petition, case by case, worked out by hand.

September 2026: the 1st is a Tuesday; the 1st and 2nd are National Day holidays, so that the first
working day is Thursday the 3rd. Mondays: 7, 14, 21, 28.
"""

# ruff: noqa: DTZ001 - the world's moments are naive and local

import datetime as dt

import pytest

from decision766.simulator.model import Dossier, Event, Person, Petition, Procedure, Step, Supplement
from decision766.simulator.periods import Period, WorkingDays, add_months
from decision766.simulator.timeliness import ends_of, judge, petition_on_time

DAYS = WorkingDays(2026, 2026)
SOMEBODY = Person("A", "1", "2", "3", "4")


def at(day: int, hour: int = 8, minute: int = 0, *, month: int = 9) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, minute)


def procedure(max_time: int | None = 5, unit: str | None = "working_day") -> Procedure:
    return Procedure(
        code="1.000001",
        name="",
        sector_code="",
        sector_name="",
        sector="",
        levels=(1,),
        subject_codes=("1",),
        max_time=max_time,
        max_time_unit=unit,
        fees=(),
        paper_result_required=False,
        is_public=True,
        public_from=dt.date(2025, 1, 1),
        public_to=None,
        publishing_unit_code="G01",
        decision_no="1",
    )


def dossier(**given: object) -> Dossier:
    fields: dict[str, object] = {
        "code": "H12.01-260903-00001",
        "unit_code": "H12.01",
        "procedure": procedure(),
        "person": SOMEBODY,
        "channel": 2,
        "applicant_type": 1,
        "database_codes": (),
        "submitted_at": at(3),
        "received_at": at(3),
        "promised_at": at(10),
        "finished_at": None,
        "returned_at": None,
        "refused_at": None,
        "status": 4,
        "delivery": 0,
        "filed_at_place": 1,
        "has_digitised_component": False,
        "vneid_verified": False,
        "payment_flag": 0,
        "components": (),
        "fees": (),
        "supplements": (),
        "results": (),
        "events": (),
        "synced_at": None,
        "noise": 0,
    }
    return Dossier(**{**fields, **given})


def asked(day: int, completed: int | None, promised_before: dt.datetime | None = None) -> Supplement:
    return Supplement(at(day), at(completed) if completed else None, promised_before, None)


CASES = {
    "done at the promised second": (dossier(finished_at=at(10)), at(30), True),
    "done a minute late": (dossier(finished_at=at(10, 8, 1)), at(30), False),
    "done before returned: the return does not count": (
        dossier(finished_at=at(9), returned_at=at(20)),
        at(30),
        True,
    ),
    "an event stands in for a missing end": (dossier(events=(Event(9, at(9)),)), at(30), True),
    "the first event of a kind counts": (dossier(events=(Event(9, at(9)), Event(9, at(20)))), at(30), True),
    "returned alone": (dossier(returned_at=at(11)), at(30), False),
    "done later than E is not yet: open and in time": (dossier(finished_at=at(20)), at(9), True),
    "done later than E is not yet: open and late": (dossier(finished_at=at(20)), at(12), False),
    "open at E, at the promised second": (dossier(), at(10), True),
    "withdrawn in time": (dossier(events=(Event(7, at(9)),)), at(30), True),
    "withdrawn before reception does not end it": (dossier(events=(Event(7, at(1)),)), at(30), False),
    "refused after reception": (dossier(refused_at=at(8)), at(30), True),
    "done wins over an earlier stop": (dossier(events=(Event(8, at(5)),), finished_at=at(11)), at(30), False),
    "supplement time is taken off": (
        dossier(finished_at=at(14), supplements=(asked(7, 11),)),
        at(30),
        True,
    ),
    "and then the promise before it counts": (
        dossier(promised_at=at(24), finished_at=at(15), supplements=(asked(7, 11, at(10)),)),
        at(30),
        False,
    ),
    "a sole open request stops the clock": (dossier(supplements=(asked(9, None),)), at(30), True),
    "a sole open request made too late": (dossier(supplements=(asked(11, None),)), at(30), False),
    "a request completed after E is open at E": (dossier(supplements=(asked(9, 20),)), at(15), True),
    "completed by E and still open: the clock runs on": (
        dossier(supplements=(asked(9, 11),)),
        at(15),
        False,
    ),
    "two requests are late, always": (
        dossier(finished_at=at(4), supplements=(asked(3, 4), asked(4, 4))),
        at(30),
        False,
    ),
    "a second request after E is not yet": (
        dossier(supplements=(asked(7, 9), asked(25, None))),
        at(10),
        True,
    ),
    "withdrawn while waiting": (
        dossier(events=(Event(7, at(11)),), supplements=(asked(8, None),)),
        at(30),
        False,
    ),
    "no promise: five working days": (dossier(promised_at=None, finished_at=at(10, 17)), at(30), True),
    "no promise: six working days": (dossier(promised_at=None, finished_at=at(11, 7)), at(30), False),
    "no promise: working days of the supplement taken off": (
        dossier(promised_at=None, finished_at=at(14), supplements=(asked(7, 9),)),
        at(30),
        True,
    ),
    "no promise: eight hours, to the second": (
        dossier(promised_at=None, procedure=procedure(8, "hour"), finished_at=at(3, 16)),
        at(30),
        True,
    ),
    "no promise: eight hours and a minute": (
        dossier(promised_at=None, procedure=procedure(8, "hour"), finished_at=at(3, 16, 1)),
        at(30),
        False,
    ),
    "no promise: three days less a day of supplement": (
        dossier(
            promised_at=None,
            procedure=procedure(3, "day"),
            finished_at=at(7),
            supplements=(asked(4, 5),),
        ),
        at(30),
        True,
    ),
    "no promise: a month": (
        dossier(
            promised_at=None,
            procedure=procedure(1, "month"),
            received_at=at(31, month=8),
            finished_at=at(30),
        ),
        at(30, 9),
        True,
    ),
    "neither promise nor maximum": (
        dossier(promised_at=None, procedure=procedure(None, None), finished_at=at(3)),
        at(30),
        False,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_dossier_clock(case: str) -> None:
    given, instant, expected = CASES[case]
    assert judge(given, ends_of(given), instant, DAYS).on_time is expected


def test_working_days_skip_holidays_and_weekends() -> None:
    assert not DAYS.is_working(dt.date(2026, 9, 2))
    assert DAYS.add(dt.date(2026, 8, 31), 1) == dt.date(2026, 9, 3)
    assert DAYS.add(dt.date(2026, 9, 7), -1) == dt.date(2026, 9, 4)
    assert DAYS.add(dt.date(2026, 9, 5), -1) == dt.date(2026, 9, 4)
    assert DAYS.between(dt.date(2026, 9, 3), dt.date(2026, 9, 10)) == 5
    assert DAYS.add(dt.date(2026, 9, 4), 0) == dt.date(2026, 9, 4)


def test_a_month_later_clips_to_the_last_day() -> None:
    assert add_months(dt.datetime(2026, 1, 31, 9), 1) == dt.datetime(2026, 2, 28, 9)
    assert Period("quarter", dt.date(2026, 4, 1)).last_moment == dt.datetime(2026, 6, 30, 23, 59, 59)
    assert Period.holding("quarter", dt.date(2026, 9, 9)).start == dt.date(2026, 7, 1)


def petition(*steps: tuple[str, int]) -> Petition:
    timeline = tuple(Step(status, at(day), None) for status, day in steps)
    return Petition(
        petition_id="p",
        petition_no="n",
        unit_code="H12.01",
        person=SOMEBODY,
        submitted_at=at(3),
        received_at=at(3),
        classification="other",
        dossier_code=None,
        predecessor_no=None,
        likes=0,
        dislikes=0,
        due_at=at(24),
        timeline=timeline,
    )


# Received Thursday 3 September: + 2 wd = Monday 7, + 5 wd = Thursday 10, + 15 wd = Thursday 24.
PETITIONS = {
    "refused on the second working day": ([("refused", 7)], 30, True),
    "refused on the third": ([("refused", 8)], 30, False),
    "returned two days after the last forwarding": ([("forwarded", 10), ("returned", 14)], 30, True),
    "answered on the last day, shown in time": ([("answered", 24), ("published", 28)], 30, True),
    "answered late": ([("answered", 25), ("published", 25)], 30, False),
    "answered, shown late": ([("answered", 10), ("published", 15)], 30, False),
    "answered, not shown, E in time": ([("answered", 10)], 14, True),
    "answered, not shown, E too late": ([("answered", 10)], 15, False),
    "published without an answer": ([("published", 24)], 30, True),
    "supplement asked in time, nothing follows": ([("supplement_requested", 10)], 30, True),
    "supplement asked late, nothing follows": ([("supplement_requested", 11)], 30, False),
    "supplemented: open again, judged at E": ([("supplement_requested", 11), ("supplemented", 14)], 24, True),
    "open on the fifteenth working day": ([("processing", 4)], 24, True),
    "open a day later": ([("processing", 4)], 25, False),
    "open, forwarded later": ([("forwarded", 7), ("processing", 8)], 25, True),
    "a refusal after E has not happened": ([("refused", 28)], 24, True),
}


@pytest.mark.parametrize("case", PETITIONS)
def test_petition_clock(case: str) -> None:
    steps, day, expected = PETITIONS[case]
    assert petition_on_time(petition(*steps), at(day, 23), DAYS) is expected
