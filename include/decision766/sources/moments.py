"""Date-times as provincial systems write them, read into local time of Asia/Ho_Chi_Minh.

Systems write an offset (`2026-08-15T09:30:00.000+0700`), none, milliseconds since 1970, or a `Z` that
is not meant: local time with the mark of UTC. Nothing in the value tells the last case from honest
UTC, so the source's YAML says it.
"""

import datetime as dt
import re
from typing import Any, Literal

from decision766.sources.periods import LOCAL

ZMeans = Literal["utc", "local"]
_FORMS = (
    (re.compile(r"\d{14}", re.ASCII), "%Y%m%d%H%M%S"),
    (re.compile(r"\d{8}", re.ASCII), "%Y%m%d"),
    (re.compile(r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}:\d{2}", re.ASCII), "%d/%m/%Y %H:%M:%S"),
    (re.compile(r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}", re.ASCII), "%d/%m/%Y %H:%M"),
    (re.compile(r"\d{1,2}/\d{1,2}/\d{4}", re.ASCII), "%d/%m/%Y"),
)
_EPOCH_MILLISECONDS = 100_000_000_000  # smaller numbers are no milliseconds of this century


def read_moment(value: Any, z_means: ZMeans) -> dt.datetime | None:
    """Return `value` as aware local time, to the second; None if it is no date-time."""
    moment = _parse(value)
    if moment is None:
        return None
    if moment.tzinfo is not None and z_means == "local" and moment.utcoffset() == dt.timedelta():
        moment = moment.replace(tzinfo=None)
    local = moment.replace(tzinfo=LOCAL) if moment.tzinfo is None else moment.astimezone(LOCAL)
    return local.replace(microsecond=0)


def write_moment(moment: dt.datetime, z_means: ZMeans) -> str:
    """Write a moment as such a system expects it in a query: with +0700, or local marked Z."""
    mark = "Z" if z_means == "local" else "+0700"
    return f"{moment.astimezone(LOCAL):%Y-%m-%dT%H:%M:%S}.000{mark}"


def _parse(value: Any) -> dt.datetime | None:
    if isinstance(value, dt.date):
        return value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value).strip()
    try:
        if isinstance(value, int) and value >= _EPOCH_MILLISECONDS and len(text) < 14:
            return dt.datetime.fromtimestamp(value / 1000, dt.UTC)
        for form, pattern in _FORMS:
            if form.fullmatch(text):
                return dt.datetime.strptime(text, pattern)  # noqa: DTZ007 - local by definition
        return dt.datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return None
