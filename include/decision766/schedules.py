"""When the scheduler reads which sources: stated once, for the DAGs and for the pages that tell people."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from decision766.settings import Settings, get_settings

TIME_ZONE = "Asia/Ho_Chi_Minh"
PROVINCIAL_FAMILIES = ("dvcqg_exchange", "igate", "database", "file_drop")


@dataclass(frozen=True)
class Schedule:
    """Runs of one DAG: from after_midnight on, every so often, in local time; the day begins anew."""

    dag_id: str
    every: dt.timedelta
    after_midnight: dt.timedelta = dt.timedelta(0)

    @property
    def cron(self) -> str:
        """The same as Airflow takes it."""
        minute, hour = int(self.after_midnight.total_seconds() // 60) % 60, self.after_midnight // _HOUR
        if self.every == _DAY:
            return f"{minute} {hour} * * *"
        return "0 * * * *" if self.every == _HOUR else f"*/{self.every // _MINUTE} * * * *"

    def after(self, now: dt.datetime) -> dt.datetime:
        """Return the first run later than `now` (aware)."""
        local = now.astimezone(ZoneInfo(TIME_ZONE))
        first = local.replace(hour=0, minute=0, second=0, microsecond=0) + self.after_midnight
        return first + ((local - first) // self.every + 1) * self.every


_MINUTE, _HOUR, _DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


def provincial_systems(settings: Settings | None = None) -> Schedule:
    """Every hour, or as often as the settings say."""
    minutes = (settings or get_settings()).ingest_minutes
    return Schedule("ingest_provincial_systems", minutes * _MINUTE)


def national_portal() -> Schedule:
    """Every morning: the portal publishes once a day."""
    return Schedule("ingest_national_portal", _DAY, dt.timedelta(hours=5, minutes=30))


def schedule_of(family: str, settings: Settings | None = None) -> Schedule:
    """When sources of a family are read."""
    return provincial_systems(settings) if family in PROVINCIAL_FAMILIES else national_portal()
