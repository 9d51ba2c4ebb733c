"""How a file of an inbox is named in messages, manifests and cursors: without a person's name in it.

People call files after whom they are about. A name is shown only if every part of it is known: words of
the YAML's patterns, dates, periods, unit codes, small numbers, a few words of the trade. Any other file
goes by its pattern and the beginning of the SHA-256 of its bytes, which `sha256sum *` finds again, or by
its place in the folder's listing where its bytes are not known yet.
"""

import datetime as dt
import os
import re
from collections.abc import Iterable
from pathlib import Path

from decision766.records.people import bare, reaches_a_person

_KNOWN_SUFFIXES = frozenset(
    " ".join(
        (
            ".ndjson .jsonl .json .csv .tsv .xlsx .xlsm .xls .ods .xml .txt .pdf .doc .docx .zip .rar .7z",
            ".gz .bak .html .htm .jpg .png .md .log .db",
        )
    ).split()
)
_TRADE = frozenset(
    " ".join(
        (
            "bieu bc bao cao mau form thang quy nam ky tuan ngay tong hop so lieu ho part phan ban rev ver",
            "version final moi cu more them sua bo sung test copy data du ii iii iv ubnd tinh xa phuong hoso",
            "readme notes inbox hop thu tep drop dulieu",
        )
    ).split()
)
_PARTS = re.compile(r"[^\W\d_]+|\d+")
_DAY = re.compile(r"(?<!\d)20\d{2}([-_.]?)\d{2}\1\d{2}")
_DIGITS_OF_DATES = {6: "%Y%m", 8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_FIRST_YEAR, _LAST_YEAR = 2010, 2100
_SHORT_NUMBER = 4
_SHOWN_DIGITS = 12


class FileNames:
    """Names the files of one inbox. patterns: those of its YAML, whose words may be shown."""

    def __init__(self, folder: Path, patterns: Iterable[str]):
        self._folder = folder
        self._words = _TRADE | {bare(word) for text in patterns for word in _PARTS.findall(text)}

    def of(self, path: Path, pattern: str = "*", digest: str | None = None) -> str:
        """Return what a file is called where others read it.

        pattern: the YAML's, under which it was taken. digest: SHA-256 of its bytes, if known.
        """
        if self.may_be_shown(path.name):
            return path.name
        known = f"{pattern}{_suffixes(path.name)}"
        if digest:
            return f"{known} (name not shown, SHA-256 {digest[:_SHOWN_DIGITS]}…)"
        return f"{known} (name not shown, {self._place(path)})"

    def may_be_shown(self, name: str) -> bool:
        """Whether every part of a name is known, and no number or date of a person hides in it."""
        stem = name.removesuffix(_suffixes(name))
        if not stem.isprintable() or reaches_a_person(_DAY.sub("#", stem), is_code=True):
            return False
        return all(self._is_known(part) for part in _PARTS.findall(stem)) and not re.search(
            r"[^\w\s.,()\[\]+#&-]", stem
        )

    def _is_known(self, part: str) -> bool:
        if not part.isdigit():
            return len(part) == 1 or bare(part) in self._words
        if len(part) <= _SHORT_NUMBER:
            return not (len(part) == _SHORT_NUMBER and part.startswith("19"))  # a year of birth
        form = _DIGITS_OF_DATES.get(len(part))
        try:
            return bool(form) and _FIRST_YEAR <= dt.datetime.strptime(part, str(form)).year <= _LAST_YEAR  # noqa: DTZ007
        except ValueError:
            return False

    def _place(self, path: Path) -> str:
        """Where `LC_ALL=C ls` lists the file."""
        names = sorted(os.fsencode(item.name) for item in self._folder.iterdir() if item.name[:1] != ".")
        try:
            number, size = names.index(os.fsencode(path.name)) + 1, path.stat().st_size
        except (ValueError, OSError):
            return "gone since"
        return f"no. {number} of {len(names)} in the folder's listing, {size} bytes"


def _suffixes(name: str) -> str:
    """The known endings of a name, `.ndjson.gz`; of an unknown one nothing, for it may be anything."""
    found, stem = "", name
    while True:
        stem, dot, last = stem.rpartition(".")
        if not dot or not stem or f".{last.lower()}" not in _KNOWN_SUFFIXES:
            return found
        found = f".{last}{found}"
