"""The schedule that pages tell is the one that Airflow keeps."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter

from decision766.schedules import TIME_ZONE, Schedule, national_portal, provincial_systems, schedule_of
from decision766.settings import Settings

LOCAL = ZoneInfo(TIME_ZONE)
MOMENTS = [
    dt.datetime(2026, 11, 23, hour, minute, 7, tzinfo=LOCAL)
    for hour in (0, 5, 11, 23)
    for minute in (0, 29, 30, 59)
]


@pytest.mark.parametrize(
    ("schedule", "cron"),
    [
        (provincial_systems(Settings()), "0 * * * *"),
        (provincial_systems(Settings(ingest_minutes=15)), "*/15 * * * *"),
        (provincial_systems(Settings(ingest_minutes=1)), "*/1 * * * *"),
        (national_portal(), "30 5 * * *"),
    ],
)
def test_the_next_run_is_crons(schedule: Schedule, cron: str) -> None:
    assert schedule.cron == cron
    for now in MOMENTS:
        assert schedule.after(now) == croniter(cron, now).get_next(dt.datetime)
    asked_in_utc = MOMENTS[0].astimezone(dt.UTC)
    assert schedule.after(asked_in_utc) == schedule.after(MOMENTS[0])


def test_each_family_is_read_by_its_dag() -> None:
    assert schedule_of("igate").dag_id == "ingest_provincial_systems"
    assert schedule_of("portal_evaluation").dag_id == "ingest_national_portal"
