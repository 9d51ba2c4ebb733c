"""The period of a report, from its title or its file's name: tháng 8 năm 2026, Quý III/2026, 2026-Q3."""

import datetime as dt
import re
from collections.abc import Iterable

from decision766.sources.periods import Grain
from decision766.sources.unit_names import plain

Found = tuple[Grain, dt.date]
_QUARTERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_MONTH = re.compile(r"\bthang (\d{1,2})(?: nam |\s*[/-]\s*)(\d{4})\b")
_QUARTER = re.compile(r"\bquy (iv|i{1,3}|[1-4])(?: nam |\s*[/-]\s*)(\d{4})\b")
_YEAR = re.compile(r"\b(?:ky bao cao:? nam|bao cao nam|nam) (\d{4})\b")
_HALF = re.compile(r"\b(?:6 thang|sau thang|9 thang|chin thang)\b")
_SPAN = re.compile(
    r"(\d{1,2})[/-](\d{1,2})[/-](\d{4}) (?:den|-)(?: het)?(?: ngay)? (\d{1,2})[/-](\d{1,2})[/-](\d{4})"
)
_CODE_MONTH = re.compile(r"(?<!\d)(20\d{2})[-_.]?(0[1-9]|1[0-2])(?!\d)")
_CODE_QUARTER = re.compile(r"(?<!\d)(20\d{2})[-_.]?q([1-4])(?!\d)|(?<![a-z])q([1-4])[-_.]?(20\d{2})(?!\d)")
# The reporting year runs from the 15th to the 14th: a span's length says what it is, its end which one.
_SPANS: tuple[tuple[int, int, Grain], ...] = ((27, 32, "month"), (88, 93, "quarter"), (360, 367, "year"))


def read_period(texts: Iterable[str]) -> Found | None:
    """Return grain and first day of the first period that a text names; None if none does.

    Half years and nine months are periods that nothing here is scored by: they count as none.
    """
    lines = [plain(text) for text in texts]
    for text in lines:
        if match := _QUARTER.search(text):
            return "quarter", dt.date(int(match[2]), _QUARTERS[match[1]] * 3 - 2, 1)
    if any(_HALF.search(text) for text in lines):
        return None
    for read in (_named_month, _spanned, _coded, _named_year):
        if found := next(filter(None, map(read, lines)), None):
            return found
    return None


def _named_month(text: str) -> Found | None:
    match = _MONTH.search(text)
    if match is None or not 1 <= int(match[1]) <= 12:
        return None
    return "month", dt.date(int(match[2]), int(match[1]), 1)


def _named_year(text: str) -> Found | None:
    match = _YEAR.search(text)
    return ("year", dt.date(int(match[1]), 1, 1)) if match else None


def _coded(text: str) -> Found | None:
    if match := _CODE_QUARTER.search(text):
        return "quarter", dt.date(int(match[1] or match[4]), int(match[2] or match[3]) * 3 - 2, 1)
    match = _CODE_MONTH.search(text)
    return ("month", dt.date(int(match[1]), int(match[2]), 1)) if match else None


def _spanned(text: str) -> Found | None:
    match = _SPAN.search(text)
    return _from_span(match) if match else None


def _from_span(match: re.Match[str]) -> Found | None:
    day, month, year, to_day, to_month, to_year = map(int, match.groups())
    try:
        start, end = dt.date(year, month, day), dt.date(to_year, to_month, to_day)
    except ValueError:
        return None
    days = (end - start).days + 1
    grain = next((name for least, most, name in _SPANS if least <= days <= most), None)
    if grain is None:
        return None
    first = {"month": end.month, "quarter": (end.month - 1) // 3 * 3 + 1, "year": 1}[grain]
    return grain, dt.date(end.year, first, 1)
