"""When a source is not asked just now: its quiet hours, and one reader at a time."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text

from decision766.sources import SourceConfig

POSTPONED = "postponed"
# Whoever finds another reader at work looks again after this time.
BUSY_SECONDS = 60


class PostponedError(Exception):
    """The source is not asked now, but may be from `until` (aware) on. The message says why."""

    def __init__(self, cause: str, until: dt.datetime):
        self.until = until
        super().__init__(cause)


def stop_in_quiet_hours(config: SourceConfig, now: dt.datetime) -> None:
    """Do nothing outside the quiet hours of the source's YAML; now: the wall clock, aware.

    Raises:
        PostponedError: they last; names their end.
    """
    if config.quiet_hours is None:
        return
    until = config.quiet_hours.ends(now)
    if until is not None:
        hours = f"{config.quiet_hours.from_} to {config.quiet_hours.to}"
        end = until.isoformat(timespec="minutes")
        raise PostponedError(f"not asked in its quiet hours ({hours}); asked again after {end}", until)


@contextmanager
def only_reader(engine: Engine, source_id: str) -> Iterator[None]:
    """Hold the right to read a source; it ends with the block, or with the process.

    A schedule, a backfill and a person at the command line may want the same source at once: one reads.

    Raises:
        PostponedError: another reader is at work.
    """
    name = {"name": f"read {source_id}"}
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        held = connection.execute(
            text("select pg_try_advisory_lock(hashtextextended(:name, 766))"), name
        ).scalar_one()
        if not held:
            until = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=BUSY_SECONDS)
            raise PostponedError("not asked: another reader of this source is at work", until)
        try:
            yield
        finally:
            connection.execute(text("select pg_advisory_unlock(hashtextextended(:name, 766))"), name)
