"""Whether a public answer may be kept byte for byte: published scores and catalogues, if they are that.

What an answer holds besides what is known of it may be anybody's. So text counts as public under the
names of public fields only, and there too not if it leads to a person; elsewhere codes, numbers and dates
pass. An answer that does not pass is not kept as it came: its redacted records are.
"""

from typing import Any

import orjson

from decision766.privacy.scalars import field_name, is_harmless
from decision766.records import ENTITIES
from decision766.records.kinds import DECISION_NO, TOKEN
from decision766.records.people import (
    announces_a_person,
    mentions_a_person,
    names_a_person,
    reaches_a_person,
    reads_as_birthday,
    reads_as_person,
)

_MOST_DIGITS = 10**8  # a number of nine digits may be an identity number
# Public text of the portal and of the old gateway; the rest is what docs/records.md declares.
_PORTAL_TEXT = frozenset(
    {
        "name",
        "departmentName",
        "dataQualityMessage",
        "message",
        "label",
        "TEN",
        "PROCEDURE_NAME",
        "SOHIEU",
        "TENTHANHPHAN",
    }
    | {"departmentType", "departmentLevel", "agencyLevel", "level", "type", "state", "source", "timeType"}
)


def _declared() -> frozenset[str]:
    """Names of fields of the entities in which no person is."""
    return frozenset(
        part.strip("[]")
        for spec in ENTITIES.values()
        if not spec.is_personal and not spec.verbatim
        for path in spec.declared()
        for part in path.split(".")
    )


_PUBLIC_TEXT = _PORTAL_TEXT | _declared()
_NAMES = frozenset(
    {"name", "departmentName", "TEN", "TENTTHC", "PROCEDURE_NAME"}
)  # also of streets and schools


def is_public(body: bytes) -> bool:
    """Whether nothing in a JSON answer may belong to a person; False for what is no JSON."""
    try:
        return _is_public(orjson.loads(body), "")
    except orjson.JSONDecodeError:
        return False


def _is_public(value: Any, name: str) -> bool:
    if isinstance(value, dict):
        return all(
            (
                key in _PUBLIC_TEXT
                or (field_name(key) == key and not announces_a_person(key))
                or _is_empty(item)
            )
            and _is_public(item, key)
            for key, item in value.items()
        )
    if isinstance(value, list):
        return all(_is_public(item, name) for item in value)
    if isinstance(value, str):
        return is_public_text(value, name)
    return not isinstance(value, int | float) or abs(value) < _MOST_DIGITS


def is_public_text(text: str, name: str) -> bool:
    """Whether a text under a field's name may be kept as it is."""
    clean = text.strip()
    if not clean or is_harmless(clean):
        return True
    if reaches_a_person(clean) or reads_as_birthday(clean):
        return False
    if name not in _PUBLIC_TEXT:
        return (TOKEN.read(clean) or DECISION_NO.read(clean)) is not None
    if name in _NAMES:
        return True
    if any(char.isspace() for char in clean):
        return not (mentions_a_person(clean) or names_a_person(clean))
    return not reads_as_person(clean)


def public_value(value: Any, name: str) -> Any:
    """Return a value of a published record without what may belong to a person; None if nothing is left."""
    if isinstance(value, dict):
        kept = {
            key: found
            for key, item in value.items()
            if field_name(key) == key
            and not announces_a_person(key)
            and ((found := public_value(item, key)) is not None or item is None)
        }
        return kept or (None if value else value)
    if isinstance(value, list):
        return [found for item in value if (found := public_value(item, name)) is not None]
    return value if _is_public(value, name) else None


def _is_empty(value: Any) -> bool:
    return value is None or value == ""
