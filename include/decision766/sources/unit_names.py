"""From a unit's name to its code, for files that know names only.

Names come in variants: UBND for Ủy ban nhân dân, Uỷ for Ủy, TP. for Thành phố, with and without
accents or the kind of unit. A name is looked up from strict to loose, and counts only where exactly
one unit answers to it: codes are joined on, never names that could be two.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping

from decision766.records.codes import parse_unit_code

_SHORT = (
    (re.compile(r"\bub\s?nd\b\.?"), "uy ban nhan dan"),
    (re.compile(r"\btp\b\.?"), "thanh pho"),
    (re.compile(r"\btx\b\.?"), "thi xa"),
    (re.compile(r"\btt\b\."), "thi tran"),
    (re.compile(r"\bp\."), "phuong "),
    (re.compile(r"\bx\."), "xa "),
    (re.compile(r"&"), " va "),
)
_COMMITTEE = re.compile(r"^(?:van phong )?(?:hoi dong nhan dan va )?uy ban nhan dan\b")
_KIND = re.compile(r"^(?:xa|phuong|thi tran|thi xa|huyen|quan|dac khu|tinh|thanh pho)\b")
_CODE = re.compile(r"\b(?:[GH]\d{2}(?:\.\d{1,3}){0,3}|(?:\d{1,3}\.){1,3}[GH]\d{2})\b", re.ASCII)
# Lines of a report that gather units and are none.
_PSEUDO = re.compile(
    r"^(?:(?:cac )?(?:so|co quan|don vi|phong|to chuc)\b.*\b(?:ban|nganh|chuyen mon|truc thuoc|hiep quan)\b"
    r"|(?:khoi|nhom|cap)\b|(?:uy ban nhan dan|ubnd) (?:cap|cac)\b|cac\b|toan (?:tinh|thanh pho)\b)"
)


def plain(text: str) -> str:
    """Text without accents, marks and repeated blanks, in small letters: `Đúng hạn` → `dung han`."""
    bare = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return " ".join("".join(char for char in bare if not unicodedata.combining(char)).split())


def is_pseudo_unit(name: str) -> bool:
    """Whether a line gathers units: `Các sở, ban, ngành`, `UBND cấp xã`, `Khối huyện`."""
    return bool(_PSEUDO.match(_words(plain(name))))


class UnitNames:
    """Looks up unit codes by name. names: name → code, as the YAML states them; they win."""

    def __init__(self, units: Iterable[tuple[str, str]], names: Mapping[str, str] | None = None):
        self._stated = {_full(name): code for name, code in (names or {}).items()}
        self._keys: tuple[dict[str, set[str]], ...] = (defaultdict(set), defaultdict(set), defaultdict(set))
        for name, code in units:
            for known, key in zip(self._keys, _variants(name), strict=True):
                if key:
                    known[key].add(code)

    def code_of(self, name: str) -> str | None:
        """Return the code of the unit of this name, or that stands in it; None if none or several."""
        if match := _CODE.search(name.upper()):
            return parse_unit_code(match[0])
        if stated := self._stated.get(_full(name)):
            return stated
        for known, key in zip(self._keys, _variants(name), strict=True):
            found = known.get(key, set())
            if len(found) == 1:
                return next(iter(found))
        return None


def _variants(name: str) -> tuple[str, str, str]:
    """A name with its accents, without them, and without the kind of unit."""
    accented = " ".join(unicodedata.normalize("NFC", name).casefold().split())
    full = _full(name)
    return accented, full, _KIND.sub("", full).strip()


def _full(name: str) -> str:
    words = _words(plain(name))
    return _COMMITTEE.sub("", words).strip() or words


def _words(text: str) -> str:
    for pattern, words in _SHORT:
        text = pattern.sub(words, text)
    return " ".join(re.sub(r"[^a-z0-9 ]", " ", text).split())
