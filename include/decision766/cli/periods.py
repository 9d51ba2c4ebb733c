"""Periods as a person writes them."""

import datetime as dt

from decision766.cli.console import CommandError
from decision766.sources.periods import LOCAL, Grain, Period, parse_period

GRAINS: tuple[Grain, ...] = ("month", "quarter", "year")


def read_period(text: str) -> Period:
    """Read 2026-08, 2026-Q3 or 2026.

    Raises:
        CommandError: it is none of them.
    """
    for grain in GRAINS:
        try:
            return parse_period(grain, text.strip().upper())
        except ValueError:
            continue
    raise CommandError(
        f"«{text}» is no period.", "Write a month as 2026-08, a quarter as 2026-Q3, a year as 2026."
    )


def read_instant(text: str) -> dt.datetime:
    """Read an ISO 8601 date-time; without an offset it is local time of Viet Nam.

    Raises:
        CommandError: it is none.
    """
    try:
        instant = dt.datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"«{text}» is no date-time.", "Write it like 2026-09-28T08:00:00+07:00.") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=LOCAL)


def end_or_now(period: Period) -> dt.datetime:
    """The last second of the period, or now if that is earlier.

    Raises:
        CommandError: the period has not begun.
    """
    now = dt.datetime.now(LOCAL).replace(microsecond=0)
    if period.begins > now:
        raise CommandError(f"Period {period.label} has not begun yet.", "Name one that has.")
    return min(period.following().begins - dt.timedelta(seconds=1), now)
