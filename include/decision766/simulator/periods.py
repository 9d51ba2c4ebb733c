"""Periods and working days of the synthetic world, local time of Asia/Ho_Chi_Minh."""

import bisect
import datetime as dt
from calendar import monthrange
from dataclasses import dataclass

from decision766.warehouse.calendar import calendar_days

MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}


def add_months(moment: dt.datetime, months: int) -> dt.datetime:
    """Return the moment `months` later; a day that does not exist becomes the month's last."""
    index = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(index, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True, order=True, slots=True)
class Period:
    """A month, quarter or year by its first day."""

    grain: str
    start: dt.date

    @property
    def first_moment(self) -> dt.datetime:
        """00:00:00 of the first day."""
        return dt.datetime.combine(self.start, dt.time())

    @property
    def last_moment(self) -> dt.datetime:
        """23:59:59 of the last day."""
        return add_months(self.first_moment, MONTHS_OF[self.grain]) - dt.timedelta(seconds=1)

    def months(self) -> list["Period"]:
        """Return the months of the period."""
        return [
            Period("month", add_months(self.first_moment, offset).date())
            for offset in range(MONTHS_OF[self.grain])
        ]

    @classmethod
    def holding(cls, grain: str, day: dt.date) -> "Period":
        """Return the period of a grain that holds a day."""
        span = MONTHS_OF[grain]
        return cls(grain, dt.date(day.year, (day.month - 1) // span * span + 1, 1))


def published_periods(first_month: dt.date, months: int, present: dt.datetime) -> list[Period]:
    """Return the months of the world that have begun, then their quarters, then their years."""
    starts = [add_months(dt.datetime.combine(first_month, dt.time()), n) for n in range(months)]
    begun = [start.date() for start in starts if start <= present]
    return [
        period
        for grain in MONTHS_OF
        for period in dict.fromkeys(Period.holding(grain, start) for start in begun)
    ]


class WorkingDays:
    """Arithmetic on Vietnam's working days over a span of years."""

    def __init__(self, first_year: int, last_year: int) -> None:
        self._first = dt.date(first_year, 1, 1).toordinal()
        self._days: list[int] = []
        self._until: list[int] = []
        for day, is_working, _name, _basis in calendar_days(first_year, last_year):
            if is_working:
                self._days.append(day.toordinal())
            self._until.append(len(self._days))

    def is_working(self, day: dt.date) -> bool:
        """Whether a day is worked."""
        return self.between(day - dt.timedelta(days=1), day) == 1

    def between(self, after: dt.date, until: dt.date) -> int:
        """Count the working days d with after < d ≤ until."""
        return self._until[until.toordinal() - self._first] - self._until[after.toordinal() - self._first]

    def add(self, day: dt.date, count: int) -> dt.date:
        """Return the count-th working day after a day; a negative count goes back before it."""
        if count >= 0:
            position = bisect.bisect_right(self._days, day.toordinal()) + count - 1
        else:
            position = bisect.bisect_left(self._days, day.toordinal()) + count
        return dt.date.fromordinal(self._days[position])
