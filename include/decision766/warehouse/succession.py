"""Proves the seed `unit_succession` before a build: which unit below the province took over from which.

A wrong row would move records to a wrong unit without a trace, so nothing is built on one. The rules and
the columns are in docs/boundaries.md.
"""

import csv
import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

COLUMNS = ("predecessor_code", "successor_code", "share", "valid_from", "basis")
_CODE = re.compile(r"[HG]\d{2}(\.\d+){1,3}")


class SuccessionRefused(Exception):
    """The seed holds rows that cannot be; the message names file, line, field, rule and the next step."""


@dataclass(frozen=True)
class Province:
    """A province of the seed province_succession; last_day and successor of those that ended."""

    last_day: dt.date | None
    successor: str | None


@dataclass(frozen=True)
class Succession:
    """A row as read. share above 0 to 1; valid_from: first local day under the successor."""

    line: int
    predecessor: str
    successor: str
    share: Decimal
    valid_from: dt.date


def check_succession(seeds: Path) -> int:
    """Read unit_succession.csv beside province_succession.csv; return how many rows it has.

    Raises:
        SuccessionRefused: with every fault, one a line.
    """
    path = seeds / "unit_succession.csv"
    with (seeds / "province_succession.csv").open(encoding="utf-8", newline="") as file:
        provinces = {
            row["org_code"]: Province(
                dt.date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
                row["successor_code"] or None,
            )
            for row in csv.DictReader(file)
        }
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise SuccessionRefused(
                f"{path.name}, line 1: the columns must be {', '.join(COLUMNS)}. Write this heading."
            )
        raw = list(enumerate(reader, start=2))
    faults: list[str] = []
    rows = [row for row in (_read(line, cells, faults) for line, cells in raw) if row is not None]
    faults += [*_unknown(rows, provinces), *_shares(rows), *_cycles(rows)]
    if faults:
        raise SuccessionRefused("\n".join(f"{path.name}, {fault}" for fault in faults))
    return len(rows)


def _read(line: int, cells: dict[str, str], faults: list[str]) -> Succession | None:
    before = len(faults)
    codes = {name: (cells[name] or "").strip() for name in ("predecessor_code", "successor_code")}
    for name, code in codes.items():
        if not _CODE.fullmatch(code):
            faults.append(
                f"line {line}, {name}: {code!r} is no code below a province. Write it as H47.18 or H17.123; "
                "provinces stand in province_succession.csv."
            )
    if codes["predecessor_code"] == codes["successor_code"]:
        faults.append(f"line {line}, successor_code: a unit does not succeed itself. Leave the row out.")
    share, day = Decimal(1), dt.date.min
    try:
        share = Decimal(cells["share"] or "")
        if not 0 < share <= 1:
            raise InvalidOperation
    except InvalidOperation:
        faults.append(f"line {line}, share: {cells['share']!r} is not above 0 to 1. Write 1 or 0.4.")
    try:
        day = dt.date.fromisoformat(cells["valid_from"] or "")
    except ValueError:
        faults.append(f"line {line}, valid_from: {cells['valid_from']!r} is no date. Write it as 2025-07-01.")
    if not (cells["basis"] or "").strip():
        faults.append(f"line {line}, basis: it is empty. Name the resolution that says so.")
    if len(faults) > before:
        return None
    return Succession(line, codes["predecessor_code"], codes["successor_code"], share, day)


def _unknown(rows: Iterable[Succession], provinces: dict[str, Province]) -> Iterator[str]:
    """Codes of no province, days outside a unit's validity, and units that change province by themselves."""
    for row in rows:
        before, after = row.predecessor.partition(".")[0], row.successor.partition(".")[0]
        unknown = [code for code in (before, after) if code.startswith("H") and code not in provinces]
        if unknown:
            yield f"line {row.line}: {unknown[0]} is no known province. Correct the code."
            continue
        old, new = provinces.get(before, Province(None, None)), provinces.get(after, Province(None, None))
        if old.last_day and row.valid_from > old.last_day + dt.timedelta(days=1):
            yield (
                f"line {row.line}, valid_from: {row.predecessor} ended with {before} on {old.last_day}. "
                "Write a day up to the one after."
            )
        if new.last_day and row.valid_from > new.last_day:
            yield f"line {row.line}, valid_from: {after} ended on {new.last_day}. Name a later unit."
        if after not in (before, old.successor):
            yield (
                f"line {row.line}, successor_code: {row.successor} lies neither in {before} nor "
                "in the province that succeeded it. A unit that changes province "
                "alone cannot be restated; leave the row out."
            )


def _shares(rows: Iterable[Succession]) -> Iterator[str]:
    by_predecessor: dict[str, list[Succession]] = defaultdict(list)
    for row in rows:
        by_predecessor[row.predecessor].append(row)
    for code, parts in by_predecessor.items():
        total = sum(part.share for part in parts)
        lines = ", ".join(str(part.line) for part in parts)
        if total != 1:
            yield f"lines {lines}, share: the shares of {code} add up to {total}, not 1. Correct them."
        if len({part.valid_from for part in parts}) > 1:
            yield f"lines {lines}, valid_from: {code} is split on several days. Give all its rows one day."
        if len({part.successor for part in parts}) < len(parts):
            yield f"lines {lines}, successor_code: {code} names a successor twice. Put the shares together."


def _cycles(rows: Iterable[Succession]) -> Iterator[str]:
    steps: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        steps[row.predecessor].append(row.successor)
    told: set[str] = set()
    for start, successors in tuple(steps.items()):
        waiting, seen = list(successors), set[str]()
        while waiting:
            code = waiting.pop()
            if code == start and start not in told:
                told |= {start, *seen}
                yield f"{start}: it succeeds itself by way of {', '.join(sorted(seen))}. Break the circle."
            if code not in seen:
                seen.add(code)
                waiting += steps.get(code, [])
