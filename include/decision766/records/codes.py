"""Codes of units, dossiers and procedures: read, normalised, sorted.

Unit codes: `H44` (province), `H44.07` (department), `H44.100` (commune), `H47.18.5` (commune of the
three-level era), `G01` (ministry). Legacy systems write them from right to left and fill up with
zeros: `000.14.01.H56` is `H56.01.14`, `000.00.00.H37` is `H37`. Procedure codes are national,
`1.004227`; what a locality appends to them is left out. Codes are compared as text and sorted by
their parts as numbers.
"""

import re
from functools import lru_cache

_ROOT = r"[GH]\d{2}"
_FORWARD = re.compile(rf"({_ROOT})((?:\.\d{{1,3}}){{0,3}})", re.ASCII)
_REVERSED = re.compile(rf"((?:\d{{1,3}}\.){{1,3}})({_ROOT})", re.ASCII)
_DOSSIER = re.compile(r"([0-9.GHgh]{3,16})-(\d{6})-(\d{1,8})", re.ASCII)
_PROCEDURE = re.compile(rf"(\d\.\d{{6}})(?:(?:\.\d{{2,3}}){{0,3}}\.{_ROOT}(?:\.\d{{1,3}}){{0,3}})?", re.ASCII)


@lru_cache(maxsize=65_536)
def parse_unit_code(text: str) -> str | None:
    """Return the unit code in today's form, `H56.01.14`; None if it is none."""
    text = text.strip().upper()
    if match := _FORWARD.fullmatch(text):
        root, parts = match[1], match[2].split(".")[1:]
    elif match := _REVERSED.fullmatch(text):
        root, parts = match[2], match[1].split(".")[-2::-1]
    else:
        return None
    while parts and not parts[-1].strip("0"):
        parts.pop()  # 000 fills up and names no unit
    return ".".join((root, *parts))


def legacy_unit_code(code: str, parts: int = 4) -> str:
    """Write a unit code from right to left, filled up to `parts` parts: `H56.01.14` → `000.14.01.H56`."""
    root, *rest = code.split(".")
    fill = ["000"] + ["00"] * (parts - 2 - len(rest)) if len(rest) < parts - 1 else []
    return ".".join((*fill, *reversed(rest), root))


def province_of(code: str) -> str:
    """Return the province or ministry a unit belongs to: the first part of its code."""
    return code.partition(".")[0]


def unit_sort_key(code: str) -> tuple[str, tuple[int, ...]]:
    """Sort key of a unit code: letter, then its parts as numbers, so that `H44.7` < `H44.14` < `H44.100`."""
    return code[:1], tuple(int(part) for part in code[1:].split("."))


@lru_cache(maxsize=65_536)
def _unit_of_prefix(prefix: str) -> str | None:
    return parse_unit_code(prefix)


def unit_of_dossier(code: str) -> str | None:
    """Return the unit of a dossier number (its prefix, in today's form); None if it is no dossier number.

    `H44.07-260815-00012` is of unit `H44.07`, `000.00.14.H44-240815-0012` of unit `H44.14`.
    """
    match = _DOSSIER.fullmatch(code)
    return _unit_of_prefix(match[1]) if match else None


@lru_cache(maxsize=65_536)
def parse_procedure_code(text: str) -> str | None:
    """Return the national code, `1.003560`, without what a locality appended; None if it is none."""
    match = _PROCEDURE.fullmatch(text.strip().upper())
    return match[1] if match else None


def unit_of_dossier_code(code: str) -> str:
    """Return the unit of what is known to be a dossier number."""
    return _unit_of_prefix(code.partition("-")[0]) or ""


def procedure_sort_key(code: str) -> tuple[int, ...]:
    """Sort key of a national procedure code: its parts as numbers."""
    return tuple(int(part) for part in code.split("."))
