"""What may be kept of fields that nobody declared: their name, if it is a name, and harmless scalars."""

import datetime as dt
import math
import re
from functools import lru_cache
from typing import Any

from decision766.records.people import announces_a_person, reads_as_person

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,49}", re.ASCII)
_MAX_DIGITS_IN_NAME = 4
UNREADABLE_NAME = "(not a field name)"

_NUMBER = re.compile(r"-?\d{1,8}|-?\d{1,6}\.\d{1,2}", re.ASCII)
_DATE = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?)?", re.ASCII
)
_FIRST_YEAR, _LAST_YEAR = 2010, 2100  # earlier dates are more likely somebody's birthday
_TYPES = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}


class Done:
    """Marks a field that has been dealt with and leaves nothing under its own name."""


DONE = Done()


def json_type(value: Any) -> str:
    """Return the JSON type of a decoded value."""
    return "null" if value is None else _TYPES.get(type(value), "number")


@lru_cache(maxsize=8_192)  # the same names come with every record
def field_name(name: str) -> str:
    """Return the name if it looks like a field's; a key that may be a person becomes `(not a field name)`."""
    is_name = _NAME.fullmatch(name) and sum(char.isdigit() for char in name) <= _MAX_DIGITS_IN_NAME
    return name if is_name and not reads_as_person(name) else UNREADABLE_NAME


@lru_cache(maxsize=8_192)
def holds_a_person(name: str) -> bool:
    """Whether a field's name says that a datum of a person stands in it: then not even a date is kept."""
    return announces_a_person(name)


def is_harmless(value: Any) -> bool:
    """Whether a value is a boolean, a plausible date, or a number below nine digits that is no birthday."""
    if isinstance(value, bool):
        return True
    if isinstance(value, int):
        return _is_harmless_text(str(value))
    if isinstance(value, float):
        return math.isfinite(value) and _is_harmless_text(format(value, "f").rstrip("0").removesuffix("."))
    return isinstance(value, str) and _is_harmless_text(value.strip())


def _is_harmless_text(text: str) -> bool:
    if _NUMBER.fullmatch(text):
        return len(text) != 8 or not (_is_birthday(text) or _is_birthday(text[4:] + text[2:4] + text[:2]))
    if len(text) == 14 and text.isascii() and text.isdigit():
        return _is_plausible(f"{text[:8]}T{text[8:]}")
    return bool(_DATE.fullmatch(text)) and _is_plausible(text)


def _is_plausible(text: str) -> bool:
    try:
        return _FIRST_YEAR <= dt.datetime.fromisoformat(text).year <= _LAST_YEAR
    except ValueError:
        return False


def _is_birthday(digits: str) -> bool:
    try:
        year = dt.datetime.fromisoformat(digits).year
    except ValueError:
        return False
    return 1900 <= year < _FIRST_YEAR
