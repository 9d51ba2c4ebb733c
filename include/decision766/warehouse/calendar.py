"""Vietnam's working days, from a holiday library and an override table.

One row per calendar day, local dates of Asia/Ho_Chi_Minh. The library knows the public holidays, the
substitute days and, where it has them, the Saturdays worked in exchange; what it does not know yet
stands in `working_day_overrides.csv` (day, is_working, basis) and wins.
"""

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import holidays
from sqlalchemy import Engine, text

FIRST_YEAR, LAST_YEAR = 2018, 2032
OVERRIDES = Path(__file__).with_name("working_day_overrides.csv")


def read_overrides(path: Path = OVERRIDES) -> dict[dt.date, tuple[bool, str]]:
    """Swapped working days: date → (is it worked, the decision that says so)."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            dt.date.fromisoformat(row["day"]): (row["is_working"] == "true", row["basis"])
            for row in csv.DictReader(file)
        }


def calendar_days(
    first_year: int = FIRST_YEAR, last_year: int = LAST_YEAR
) -> Iterator[tuple[dt.date, bool, str | None, str]]:
    """Yield (day, is_working, holiday_name, basis) for every day of the years, both included."""
    public_holidays = holidays.country_holidays("VN", years=range(first_year, last_year + 1), language="vi")
    library = f"holidays {holidays.__version__}"
    overrides = read_overrides()
    day = dt.date(first_year, 1, 1)
    while day.year <= last_year:
        name = public_holidays.get(day)
        if day in overrides:
            is_working, basis = overrides[day]
            yield day, is_working, name, basis
        else:
            yield day, public_holidays.is_working_day(day), name, library
        day += dt.timedelta(days=1)


def fill_calendar(engine: Engine) -> None:
    """Write the calendar; rows that changed are updated, so that the call may be repeated."""
    rows = [
        {"day": day, "is_working": working, "holiday_name": name, "basis": basis}
        for day, working, name, basis in calendar_days()
    ]
    with engine.begin() as connection:
        connection.execute(
            text("""
                insert into raw.calendar_day (day, is_working, holiday_name, basis)
                values (:day, :is_working, :holiday_name, :basis)
                on conflict (day) do update
                set is_working = excluded.is_working,
                    holiday_name = excluded.holiday_name,
                    basis = excluded.basis
                where (calendar_day.is_working, calendar_day.holiday_name, calendar_day.basis)
                    is distinct from (excluded.is_working, excluded.holiday_name, excluded.basis)
            """),
            rows,
        )
