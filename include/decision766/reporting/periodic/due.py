"""When a report is due, and when work on it starts: rows of dbt_project/seeds/report_deadlines.csv.

A weekly report is due on a weekday at an hour; a quarterly one before a day of a month of the quarter, so
that its last instant is the midnight at which that day begins. Light to import: Airflow's scheduler reads it.
"""

import csv
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

KINDS = ("weekly", "quarterly")
EVERY_PROVINCE = "*"
SEED = Path("dbt_project") / "seeds" / "report_deadlines.csv"


class DutyError(ValueError):
    """A row of report_deadlines.csv that cannot be followed; names file, row and field."""


@dataclass(frozen=True)
class Duty:
    """One reporting duty.

    unit_code: who reports; `*`: every province that is read. due_weekday: 1 Monday … 7 Sunday, of weekly
    ones; due_month_of_quarter (1 to 3) and due_before_day of quarterly ones. start_days_before and
    start_time: when work starts, counted from the due day, or from the day that is too late.
    """

    report_id: str
    kind: str
    unit_code: str
    due_weekday: int | None
    due_month_of_quarter: int | None
    due_before_day: int | None
    due_time: dt.time
    zone: ZoneInfo
    start_days_before: int
    start_time: dt.time

    def due_of(self, day: dt.date) -> dt.datetime:
        """The instant at which the report of the week or quarter of `day` is due; aware."""
        if self.kind == "weekly":
            monday = day - dt.timedelta(days=day.weekday())
            on = monday + dt.timedelta(days=(self.due_weekday or 1) - 1)
        else:
            first = (day.month - 1) // 3 * 3
            on = dt.date(day.year, first + (self.due_month_of_quarter or 3), self.due_before_day or 1)
        return dt.datetime.combine(on, self.due_time, self.zone)

    def start_of(self, due: dt.datetime) -> dt.datetime:
        """When work on the report due then starts."""
        day = due.astimezone(self.zone).date() - dt.timedelta(days=self.start_days_before)
        return dt.datetime.combine(day, self.start_time, self.zone)

    def following(self, after: dt.datetime) -> Iterator[dt.datetime]:
        """Yield the due instants not before an instant, in order, without end."""
        day = after.astimezone(self.zone).date()
        while True:
            if (due := self.due_of(day)) >= after:
                yield due
            day = self._next(day)

    def _next(self, day: dt.date) -> dt.date:
        if self.kind == "weekly":
            return day + dt.timedelta(days=7)
        months = day.year * 12 + (day.month - 1) // 3 * 3 + 3
        return dt.date(months // 12, months % 12 + 1, 1)


def duties(project_root: Path, kind: str | None = None) -> list[Duty]:
    """Read the duties, of one kind or all.

    Raises:
        DutyError: naming file, row and field.
    """
    path = project_root / SEED
    with path.open(encoding="utf-8", newline="") as lines:
        found = [_duty(row, f"{SEED}, row {number}") for number, row in enumerate(csv.DictReader(lines), 1)]
    return [duty for duty in found if kind in (None, duty.kind)]


def next_start(project_root: Path, kind: str, after: dt.datetime) -> dt.datetime | None:
    """The first instant after another at which work on a report of this kind starts; None without duties."""
    starts = []
    for duty in duties(project_root, kind):
        slack = dt.timedelta(days=duty.start_days_before + 1)
        starts.append(
            next(start for due in duty.following(after - slack) if (start := duty.start_of(due)) > after)
        )
    return min(starts, default=None)


def due_for(project_root: Path, kind: str, at: dt.datetime) -> dt.datetime | None:
    """When the report that is worked on at an instant is due: the next due instant; None without duties."""
    return min((next(duty.following(at)) for duty in duties(project_root, kind)), default=None)


def _duty(row: Mapping[str, str], where: str) -> Duty:
    kind = row.get("kind", "")
    if kind not in KINDS:
        raise DutyError(f"{where}: kind «{kind}» is none of {', '.join(KINDS)}.")
    weekly = kind == "weekly"
    return Duty(
        report_id=row["report_id"],
        kind=kind,
        unit_code=row["unit_code"] or EVERY_PROVINCE,
        due_weekday=_whole(row, "due_weekday", where, 1, 7) if weekly else None,
        due_month_of_quarter=None if weekly else _whole(row, "due_month_of_quarter", where, 1, 3),
        due_before_day=None if weekly else _whole(row, "due_before_day", where, 1, 28),
        due_time=_time(row["due_time"] or "00:00", "due_time", where),
        zone=_zone(row["time_zone"], where),
        start_days_before=_whole(row, "start_days_before", where, 0, 60),
        start_time=_time(row["start_time"], "start_time", where),
    )


def _whole(row: Mapping[str, str], name: str, where: str, least: int, most: int) -> int:
    text = row.get(name, "")
    if not text.isdigit() or not least <= int(text) <= most:
        raise DutyError(f"{where}: {name} «{text}» is no whole number from {least} to {most}.")
    return int(text)


def _time(text: str, name: str, where: str) -> dt.time:
    try:
        return dt.time.fromisoformat(text)
    except ValueError:
        raise DutyError(f"{where}: {name} «{text}» is no time; write it like 16:00.") from None


def _zone(text: str, where: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ValueError, LookupError):
        raise DutyError(f"{where}: time_zone «{text}» is none; write it like Asia/Ho_Chi_Minh.") from None
