"""What every DAG of the project has in common: assets, pools, retries, and what a failure says.

Imported whenever a DAG file is parsed: nothing heavy, no I/O.
"""

import datetime as dt
import logging
import os
from collections.abc import Mapping
from typing import Any

from airflow.sdk import Asset, CronDataIntervalTimetable, CronTriggerTimetable, Param

from decision766 import schedules
from decision766.schedules import TIME_ZONE, Schedule, national_portal, provincial_systems

OWNER = "decision766"
TAGS = ["decision766"]
PROVINCIAL_FAMILIES = schedules.PROVINCIAL_FAMILIES
START_DATE = dt.datetime(2026, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=7)))


def _timetable(schedule: Schedule) -> CronTriggerTimetable:
    """With a data interval as long as the period: what a backfill reads, and what tells the next run."""
    return CronTriggerTimetable(schedule.cron, timezone=TIME_ZONE, interval=schedule.every)


EVERY_HOUR_OR_AS_SET = _timetable(provincial_systems())
EVERY_MORNING = _timetable(national_portal())
EACH_PAST_DAY = CronDataIntervalTimetable("0 0 * * *", timezone=TIME_ZONE)

NATIONAL_PORTAL = Asset(name="raw_national_portal", uri="decision766://warehouse/raw/national_portal")
PROVINCIAL_SYSTEMS = Asset(
    name="raw_provincial_systems", uri="decision766://warehouse/raw/provincial_systems"
)
QUARANTINE = Asset(name="quarantine", uri="decision766://warehouse/audit/quarantine")

# Slots are in pools.json beside this file; the platform imports them before Airflow starts.
POOL_NATIONAL_PORTAL = "national_portal"
POOL_PROVINCIAL_SYSTEMS = "provincial_systems"
POOL_WAREHOUSE = "warehouse"

BACKFILL = "backfill"
log = logging.getLogger("decision766.airflow")


def log_failure(context: Mapping[str, Any]) -> None:
    """Write one line that says what failed, where its log is, and what to do."""
    instance = context["task_instance"]
    log.error(
        "FAILED %s.%s%s in run %s after try %s: %s. What to do: see «When it fails» in the DAG's docs.",
        instance.dag_id,
        instance.task_id,
        f" [{instance.map_index}]" if instance.map_index >= 0 else "",
        context["dag_run"].run_id,
        instance.try_number,
        context.get("exception"),
    )


DEFAULT_ARGS: dict[str, Any] = {
    "owner": OWNER,
    "retries": 2,
    "retry_delay": dt.timedelta(seconds=15),
    "retry_exponential_backoff": True,
    "max_retry_delay": dt.timedelta(minutes=10),
    "execution_timeout": dt.timedelta(hours=2),
    "on_failure_callback": log_failure,
}

PARAMS: dict[str, Param] = {
    "evaluated_at": Param(
        None,
        type=["null", "string"],
        format="date-time",
        title="Evaluated at",
        description="The run's present, ISO 8601 with offset. "
        "Empty: what DECISION766_EVALUATED_AT says, else the run's own date.",
    )
}

# Of the ingesting DAGs: what a person, or `decision766 run`, may ask of one run.
INGEST_PARAMS: dict[str, Param] = {
    **PARAMS,
    "sources": Param(
        None,
        type=["null", "array"],
        items={"type": "string"},
        title="Sources",
        description="Ids of the sources to read, enabled or not. Empty: all that are enabled.",
    ),
    "window_from": Param(
        None,
        type=["null", "string"],
        title="Window from",
        description="Read again what changed from this day on (2026-06-01); the cursor stays.",
    ),
    "window_to": Param(
        None, type=["null", "string"], title="Window to", description="End of the window, not included."
    ),
}

SHARED: dict[str, Any] = {
    "start_date": START_DATE,
    "catchup": False,
    "max_active_runs": 1,
    "default_args": DEFAULT_ARGS,
    "params": PARAMS,
    "render_template_as_native_obj": True,
}

INGESTING: dict[str, Any] = {**SHARED, "params": INGEST_PARAMS}


def evaluated_at(context: Mapping[str, Any]) -> dt.datetime:
    """The instant that a run takes for its present: given, else of the environment, else the run's own date.

    A backfill's own date lies in the past; what it reads is known now.

    Raises:
        ValueError: what was given is no instant with an offset.
    """
    given = context["params"].get("evaluated_at") or os.environ.get("DECISION766_EVALUATED_AT")
    run = context["dag_run"]
    if not given and str(run.run_type) == BACKFILL:
        return dt.datetime.now(dt.UTC)
    if not given:
        return run.logical_date or run.run_after
    instant = dt.datetime.fromisoformat(str(given))
    if instant.tzinfo is None:
        raise ValueError(f"evaluated_at {given!r} has no offset; write it like 2026-09-28T08:00:00+07:00")
    return instant
