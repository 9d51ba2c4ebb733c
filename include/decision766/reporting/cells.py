"""Values as people and spreadsheets read them: Vietnamese numbers, spans of time, cells that stay text."""

import datetime as dt
from decimal import Decimal

# A cell that begins so is taken for a formula by spreadsheets.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def formula_safe(value: object) -> object:
    """Return text so that no spreadsheet runs it: a leading apostrophe where it would."""
    if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


def number(value: Decimal | int | float | None, *, decimals: int | None = 2) -> str:
    """A number with dots between thousands and a decimal comma; trailing zeros of a fraction are dropped."""
    if value is None:
        return "–"
    exact = Decimal(str(value)) if isinstance(value, float) else value
    text = f"{exact:,.{decimals}f}" if decimals is not None else f"{exact:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.translate(str.maketrans(",.", ".,"))


def fixed(value: Decimal | None, decimals: int = 2) -> str:
    """A number with that many decimals, as scores and percentages are written."""
    if value is None:
        return "–"
    return f"{value:,.{decimals}f}".translate(str.maketrans(",.", ".,"))


def span(seconds: int | None, working_days: int | None, *, english: bool = False) -> str:
    """How long something is late: days and hours, or working days; empty if it is not."""
    if working_days:
        return f"{working_days} working d" if english else f"{working_days} ngày LV"
    if not seconds:
        return ""
    days, rest = divmod(int(seconds), 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, left = divmod(rest, 60)
    units = ("d", "h", "min", "s") if english else (" ngày", " giờ", " phút", " giây")
    parts = [(days, units[0]), (hours, units[1])]
    if not days:
        parts = [(hours, units[1]), (minutes, units[2])] if hours or minutes else [(left, units[3])]
    return " ".join(f"{count}{unit}" for count, unit in parts if count)


def moment(value: dt.datetime | None) -> str:
    """A local instant to the minute; to the second where seconds count, a date where a day is meant."""
    if value is None:
        return ""
    if (value.hour, value.minute, value.second) in ((0, 0, 0), (23, 59, 59)):
        return f"{value:%Y-%m-%d}"
    return f"{value:%Y-%m-%d %H:%M:%S}" if value.second else f"{value:%Y-%m-%d %H:%M}"
