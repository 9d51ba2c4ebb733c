"""Which span of source time a run is asked to read, and when the next run comes."""

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from decision766_airflow.conventions import BACKFILL, START_DATE

if TYPE_CHECKING:
    from decision766.sources import Window

SCHEDULED = "scheduled"


def window_of(context: Mapping[str, Any], *, whole_interval: bool = False) -> "Window | None":
    """Return the window of a run: its params, else the data interval of a backfill; None for all that is new.

    whole_interval: the data interval of every run, not of a backfill alone.

    Raises:
        ValueError: half a window, an empty one, or a text that is no day and no instant with an offset.
    """
    from decision766.sources import Window

    given = [context["params"].get(name) for name in ("window_from", "window_to")]
    run = context["dag_run"]
    if any(given):
        if not all(given):
            raise ValueError("window_from and window_to go together; give both, or neither")
        start, end = (_instant(str(text)) for text in given)
    elif whole_interval or str(run.run_type) == BACKFILL:
        start, end = run.data_interval_start, run.data_interval_end
    else:
        return None
    if start is None or end is None or start >= end:
        raise ValueError(f"the window [{start}, {end}) is empty; `window_to` must come after `window_from`")
    return Window(start, end)


def next_scheduled(run: Any) -> dt.datetime | None:
    """When the schedule starts the DAG again after a scheduled run; None for runs of another kind."""
    if str(run.run_type) != SCHEDULED or not (run.data_interval_start and run.data_interval_end):
        return None
    return run.data_interval_end + (run.data_interval_end - run.data_interval_start)


def _instant(text: str) -> dt.datetime:
    """A day is its first instant, local time."""
    instant = dt.datetime.fromisoformat(text)
    if instant.tzinfo is None and instant.time() == dt.time():
        return instant.replace(tzinfo=START_DATE.tzinfo)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no offset; write a day, 2026-06-01, or 2026-06-01T08:00:00+07:00")
    return instant
