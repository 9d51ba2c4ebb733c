"""Kinds of fields: how a value of a source is read, and how it stands in a typed column.

A kind has two sides. `read` turns a source's value into the form that lands, a JSON value of the
kind's own syntax, or None if the value is not of the kind: then nothing of it is kept, because what
is no date may be a person. `text` turns the landed form into the text that COPY takes for the
column; `json` turns it into what stands in a jsonb list. Absent values (missing, null, "") never
get here. Values come as JSON strings, or as natural JSON types where a source has them.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any

from decision766.records.codes import parse_procedure_code, parse_unit_code, unit_of_dossier
from decision766.records.memo import Memo
from decision766.records.people import reaches_a_person, reads_as_birthday, reads_as_person

Read = Callable[[Any], Any]
UTC_OFFSET = "+07:00"  # Asia/Ho_Chi_Minh, all year round
LOCAL = dt.timezone(dt.timedelta(hours=7))


class Treatment(Enum):
    """What the redactor does with a field."""

    KEEP = "keep"
    DROP = "drop"  # personal, or free text that may hold a person: never looked at
    PSEUDONYM = "pseudonym"  # keyed hash that joins equal values and can be re-keyed
    IDENTITY = "identity"  # keyed hash with the key that never rotates


@dataclass(frozen=True)
class Kind:
    """One kind of field; `name` is the rule that a parse error names, `pg_type` the column's type."""

    name: str
    pg_type: str
    read: Read
    text: Callable[[Any], str] = str
    json: Callable[[Any], Any] = lambda value: value
    treatment: Treatment = Treatment.KEEP
    is_safe: bool = True  # text needs no escaping for COPY
    absent: Any = None  # what stands in a jsonb list where the field is absent
    repeats: bool = True  # values repeat from record to record: what one comes to is worth remembering
    is_small: bool = False  # a short list of values: several such fields repeat even together
    is_numbered: bool = False  # a head, `-` and a serial of 1 to 8 digits: of all values only heads repeat


def _string(value: Any) -> str | None:
    """Return a scalar as trimmed text; None for what is no text and no whole number."""
    if type(value) is str:
        return value.strip()
    return str(value) if type(value) is int else None


def _from_text(check: Callable[[str], Any]) -> Read:
    def read(value: Any) -> Any:
        text = value if type(value) is str else _string(value)
        if text is None:
            return None
        found = check(text)
        if found is None and text != (stripped := text.strip()):
            return check(stripped)
        return found

    return read


# --- codes -----------------------------------------------------------------------------------------


def _dossier_code(text: str) -> str | None:
    return text if unit_of_dossier(text) else None


DOSSIER_CODE = Kind("dossier_code", "text", _from_text(_dossier_code), repeats=False, is_numbered=True)
UNIT_CODE = Kind("unit_code", "text", _from_text(parse_unit_code))
PROCEDURE_CODE = Kind(  # lands as sent: the appended part is a fact of its own
    "procedure_code",
    "text",
    _from_text(lambda text: text if parse_procedure_code(text) else None),
    text=lambda landed: parse_procedure_code(landed) or "",
    json=parse_procedure_code,
)
PROCEDURE_CODE_AS_SENT = Kind("procedure_code", "text", PROCEDURE_CODE.read)

_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/\-]{0,59}", re.ASCII)
_OBJECT_ID = re.compile(r"[0-9a-f]{24}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


@lru_cache(maxsize=8_192)  # codes and amounts repeat
def _token(text: str) -> str | None:
    """Read a code of a system: ASCII, no blank, and nothing like a telephone or identity number.

    A code holds a digit or is all capitals; nine digits are let through only if they begin with a date
    (PAKN-26081500012), separated digits count as one row. What reads as a person's name is none.
    """
    text = text.strip("'\"")
    if not _TOKEN.fullmatch(text):
        return None
    if _OBJECT_ID.fullmatch(text):
        return text
    if not any(char.isdigit() for char in text) and not text.isupper():
        return None
    if not any(char.isalpha() for char in text):
        return text if sum(char.isdigit() for char in text) < 9 and not reads_as_birthday(text) else None
    if reads_as_person(text) or reaches_a_person(text, is_code=True):
        return None
    return text


TOKEN = Kind("code", "text", _from_text(_token))


def choice(values: Mapping[str, str], name: str = "code") -> Kind:
    """Return a text code from a list: source's word (NFC, any case) → our word. The source's word lands."""
    known = {unicodedata.normalize("NFC", key).casefold(): ours for key, ours in values.items()}

    def check(text: str) -> str | None:
        return text if text in known else _folded(text)

    def _folded(text: str) -> str | None:
        folded = " ".join(unicodedata.normalize("NFC", text).casefold().split())
        return folded if folded in known else None

    return Kind(
        name, "text", _from_text(check), text=known.__getitem__, json=known.__getitem__, is_small=True
    )


def one_of(*words: str) -> Kind:
    """Return a text code from a list of our own words, which land as they are."""
    known = frozenset(words)
    return Kind("code", "text", _from_text(lambda text: text if text in known else None), is_small=True)


def number_from(*codes: int) -> Kind:
    """Return a number code from a list (smallint)."""
    known = {str(code): str(code) for code in codes} | {f"{code:02d}": str(code) for code in codes}
    return Kind("code", "smallint", _from_text(known.get), json=int, is_small=True)


# --- truth and presence ---------------------------------------------------------------------------

_FLAGS = {"0": "0", "1": "1", "true": "1", "false": "0"}


def _flag(value: Any) -> str | None:
    if type(value) is str:
        return _FLAGS.get(value) or _FLAGS.get(value.strip().lower())
    if type(value) is bool:
        return "1" if value else "0"
    return _FLAGS.get(str(value)) if type(value) is int else None


def _truth(landed: Any) -> bool:
    return bool(landed == "1")


FLAG = Kind(
    "flag",
    "boolean",
    _flag,
    text=lambda landed: "t" if landed == "1" else "f",
    json=_truth,
    is_small=True,
)
PUBLIC_FLAG = Kind(  # "1" is public, any other code is not
    "code",
    "boolean",
    _from_text(lambda text: text if len(text) < 3 and text.isascii() and text.isdigit() else None),
    text=lambda landed: "t" if landed == "1" else "f",
)


def _present(value: Any) -> bool | None:
    return True if (value.strip() if type(value) is str else value) else None


PRESENCE = Kind(
    "presence",
    "boolean",
    _present,
    text=lambda landed: "t" if landed else "f",
    absent=False,
    repeats=False,
)

# --- dates -----------------------------------------------------------------------------------------


_FIRST_DAY = "2000"  # nothing happened to a dossier before; an earlier date is somebody's birthday


def _iso_day(digits: str) -> str | None:
    if len(digits) != 8 or not (digits.isdigit() and digits.isascii()) or digits < _FIRST_DAY:
        return None
    try:
        return dt.date.fromisoformat(digits).isoformat()
    except ValueError:
        return None


def _iso_time(digits: str) -> str | None:
    if len(digits) != 6 or not (digits.isdigit() and digits.isascii()):
        return None
    if digits[:2] > "23" or digits[2:4] > "59" or digits[4:] > "59":
        return None
    return f"T{digits[:2]}:{digits[2:4]}:{digits[4:]}{UTC_OFFSET}"


# A date-time of the exchange seldom repeats; its day and its time of day do.
DAYS, TIMES = Memo(_iso_day), Memo(_iso_time, limit=86_400)


def _exchange_datetime(value: Any) -> str | None:
    if type(value) is not str:
        value = _string(value)
        if value is None:
            return None
    if DAYS[value[:8]] and TIMES[value[8:]]:
        return str(value)
    stripped = value.strip()
    return stripped if stripped != value and DAYS[stripped[:8]] and TIMES[stripped[8:]] else None


def exchange_to_iso(landed: str) -> str:
    """Return `20260815093000`, local time of Viet Nam, as `2026-08-15T09:30:00+07:00`."""
    moment: str = DAYS[landed[:8]] + TIMES[landed[8:]]
    return moment


EXCHANGE_DATETIME = Kind(
    "exchange_datetime",
    "timestamptz",
    _exchange_datetime,
    text=exchange_to_iso,
    json=exchange_to_iso,
    repeats=False,
)

_ISO_DATE = re.compile(r"(?:19|20|21)\d{2}-\d{2}-\d{2}", re.ASCII)
_ISO_DATETIME = re.compile(
    r"(?:20|21)\d{2}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?", re.ASCII
)


def _iso_date(text: str) -> str | None:
    if not _ISO_DATE.fullmatch(text):
        return None
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return None
    return text


def _iso_datetime(text: str) -> str | None:
    if not _ISO_DATETIME.fullmatch(text):
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)).isoformat()


ISO_DATE = Kind("iso_date", "date", _from_text(_iso_date))
ISO_DATETIME = Kind("iso_datetime", "timestamptz", _from_text(_iso_datetime))

# --- numbers ---------------------------------------------------------------------------------------

_WHOLE = re.compile(r"0|[1-9]\d{0,7}", re.ASCII)
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3}){0,3}", re.ASCII)
_PLAIN = re.compile(r"(0|[1-9]\d{0,11})(?:[.,](\d{1,2}))?", re.ASCII)
_UNIT_OF_MONEY = re.compile(r"\s*(?:đồng|vnđ|vnd|đ|₫)\.?$", re.IGNORECASE)
_NO_FEE = {"không", "miễn phí", "không thu phí", "không có"}


def _whole(text: str) -> str | None:
    return text if _WHOLE.fullmatch(text) and not reads_as_birthday(text) else None


INTEGER = Kind("integer", "int", _from_text(_whole), json=int)
BIGINT = Kind("integer", "bigint", INTEGER.read, json=int)


@lru_cache(maxsize=8_192)
def _amount_text(text: str) -> str | None:
    text = _UNIT_OF_MONEY.sub("", unicodedata.normalize("NFC", text)).strip()
    if _GROUPED.fullmatch(text):
        whole = text.replace(".", "").replace(",", "")
        return whole if len(whole) < 9 or whole.endswith("000") else None
    if match := _PLAIN.fullmatch(text):
        if (len(match[1]) >= 9 and not match[1].endswith("000")) or reads_as_birthday(match[1]):
            return None
        fraction = (match[2] or "").rstrip("0")
        return f"{match[1]}.{fraction}" if fraction else match[1]
    return "0" if text.casefold() in _NO_FEE else None


def _amount(value: Any) -> str | None:
    """Read an amount in đồng: `Không` is 0, `10.000` and `10,000` are 10000, `10000.50` has a fraction.

    Nine digits and more must be round thousands: otherwise they are more likely an identity number than
    a fee.
    """
    if isinstance(value, float | Decimal):
        value = format(Decimal(str(value)).normalize(), "f")
    text = _string(value)
    return None if text is None else _amount_text(text)


def _as_number(landed: str) -> int | float:
    return float(landed) if "." in landed else int(landed)


AMOUNT = Kind("amount", "numeric", _amount, json=_as_number)


def _duration(value: Any) -> str | None:
    if isinstance(value, float | Decimal):
        value = format(Decimal(str(value)).normalize(), "f")
    text = _string(value)
    if text is None or not re.fullmatch(r"\d{1,5}(?:[.,]\d{1,3})?", text, re.ASCII):
        return None
    return text.replace(",", ".")


DURATION = Kind("number", "numeric", _duration)

# --- text and people -------------------------------------------------------------------------------

_MAX_TEXT = 1000


def _text(text: str) -> str | None:
    """Read public text of a catalogue: NFC, one line, printable, at most 1,000 characters.

    Text with an e-mail address or a number of nine digits and more is none: it leads to a person.
    """
    if not text.isprintable():  # line breaks become blanks, marks without a glyph go
        text = "".join(
            char if char.isprintable() else " " if char.isspace() else ""
            for char in text
            if unicodedata.category(char) not in ("Cs", "Co")
        )
    clean = " ".join(unicodedata.normalize("NFC", text).split())
    return clean if clean and len(clean) <= _MAX_TEXT and not _leads_to_a_person(clean) else None


def _leads_to_a_person(text: str) -> bool:
    return reaches_a_person(text) or reads_as_birthday(text)


_DECISION_NO = re.compile(r"(?=.*\d)[^\s@]{1,60}")


def _decision_no(text: str) -> str | None:
    """Read the number of a decision, `101/QĐ-UBND`, or a register's id of it: one word with a digit."""
    clean = unicodedata.normalize("NFC", text.strip())
    if not _DECISION_NO.fullmatch(clean) or not clean.isprintable():
        return None
    return None if _leads_to_a_person(clean) or reads_as_person(clean) else clean


DECISION_NO = Kind("decision_no", "text", _from_text(_decision_no), is_safe=False)
TEXT = Kind("text", "text", _from_text(_text), is_safe=False)


def _identity(value: Any) -> str | None:
    return unicodedata.normalize("NFC", value.strip()) if type(value) is str else _string(value)


PSEUDONYM = Kind("pseudonym", "text", _identity, treatment=Treatment.PSEUDONYM)
IDENTITY_HASH = Kind("pseudonym", "text", _identity, treatment=Treatment.IDENTITY, repeats=False)
PERSONAL = Kind("personal", "text", lambda value: None, treatment=Treatment.DROP)
IGNORED = Kind("ignored", "text", lambda value: None, treatment=Treatment.DROP)
