"""Periods of the evaluation API: months, quarters and years of the local calendar (Asia/Ho_Chi_Minh)."""

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

from decision766.sources.contract import Window

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
OBSERVED_AT = "observed_at"
Grain = Literal["month", "quarter", "year"]
_MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12}
_FORMS = {
    "month": (re.compile(r"^(\d{4})-(\d{2})$"), "2026-04"),
    "quarter": (re.compile(r"^(\d{4})-?Q(\d)$"), "2026-Q2"),
    "year": (re.compile(r"^(\d{4})$"), "2026"),
}


@dataclass(frozen=True)
class Period:
    """One month, quarter or year; `start` is its first day, local."""

    grain: Grain
    start: dt.date

    @property
    def end(self) -> dt.date:
        """Last day, included."""
        return self.following().start - dt.timedelta(days=1)

    @property
    def begins(self) -> dt.datetime:
        """First instant, aware."""
        return dt.datetime.combine(self.start, dt.time(), LOCAL)

    @property
    def label(self) -> str:
        """`2026-04`, `2026-Q2` or `2026`."""
        if self.grain == "month":
            return f"{self.start:%Y-%m}"
        return f"{self.start.year}-Q{self.quarter}" if self.grain == "quarter" else str(self.start.year)

    @property
    def quarter(self) -> int:
        """Quarter of the year in which the period starts, 1 to 4."""
        return (self.start.month - 1) // 3 + 1

    def touches(self, window: Window | None) -> bool:
        """Whether the period and the window share an instant; None is all of time."""
        return window is None or (self.begins < window.end and window.start < self.following().begins)

    def following(self) -> "Period":
        """Return the next period of the same grain."""
        month = self.start.month - 1 + _MONTHS[self.grain]
        return Period(self.grain, dt.date(self.start.year + month // 12, month % 12 + 1, 1))

    def payload(self) -> dict[str, Any]:
        """The API's way to name the period: timeType, year and month or quarter."""
        named: dict[str, Any] = {"timeType": self.grain, "year": self.start.year}
        if self.grain == "month":
            named["month"] = self.start.month
        elif self.grain == "quarter":
            named["quarter"] = self.quarter
        return named

    def date_payload(self) -> dict[str, Any]:
        """The satisfaction endpoint's way: fromDate and toDate, both included."""
        return {"fromDate": self.start.isoformat(), "toDate": self.end.isoformat()}


def parse_period(grain: Grain, text: str) -> Period:
    """Read `2026-04`, `2026-Q2` or `2026`.

    Raises:
        ValueError: the text does not fit the grain.
    """
    form, example = _FORMS[grain]
    match = form.match(text)
    number = int(match.group(2)) if match and match.lastindex == 2 else 1
    month = (number - 1) * 3 + 1 if grain == "quarter" else number
    if match is None or not 1 <= month <= 12 or number < 1:
        raise ValueError(f"{text!r} is no {grain}; write it like {example}")
    return Period(grain, dt.date(int(match.group(1)), month, 1))


def slices(start: dt.datetime, end: dt.datetime, span: str) -> list[tuple[dt.datetime, dt.datetime]]:
    """Cut [start, end) at local midnights that begin a day, week (Monday), month, quarter or year."""
    found, at = [], start
    while at < end:
        until = min(_next_cut(at.astimezone(LOCAL).date(), span), end)
        found.append((at, until))
        at = until
    return found


def span_to_read(
    first: dt.datetime,
    cursor: str | None,
    overlap: dt.timedelta,
    observed_at: dt.datetime,
    window: Window | None,
) -> Window:
    """The span that a run asks for: `window` up to the present, else [cursor − overlap, present).

    first: where a run without a cursor begins; an asked window may lie before it. The span may be empty.
    """
    if window is not None:
        return Window(window.start, min(window.end, observed_at))
    start = first if cursor is None else max(first, dt.datetime.fromisoformat(cursor) - overlap)
    return Window(start, observed_at)


def _next_cut(day: dt.date, span: str) -> dt.datetime:
    if span == "day":
        cut = day + dt.timedelta(days=1)
    elif span == "week":
        cut = day + dt.timedelta(days=7 - day.weekday())
    elif span == "month":
        cut = day.replace(day=1) + dt.timedelta(days=calendar.monthrange(day.year, day.month)[1])
    elif span == "quarter":
        cut = Period("quarter", dt.date(day.year, (day.month - 1) // 3 * 3 + 1, 1)).following().start
    else:
        cut = dt.date(day.year + 1, 1, 1)
    return dt.datetime.combine(cut, dt.time(), LOCAL)
