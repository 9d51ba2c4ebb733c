"""Forms II.06a and II.07a of the national reporting system (VPCP/KSTT), as workbooks that people send.

Columns are found by what their headers mean, over all header rows and merged cells, not by address:
units insert columns, leave the `(1) (2) …` row out, or move the table. Form II.06a gives, per unit, the
dossiers received in the period, and beside them what else it counts (online, carried over, resolved,
in process), which goes along as undeclared numbers. Form II.07a counts overdue dossiers by cause; it
states no received dossiers and becomes a note.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from decision766.sources.report_period import read_period
from decision766.sources.unit_names import UnitNames, is_pseudo_unit, plain

Grid = list[list[Any]]
_ORDINAL = re.compile(r"\(\s*\d{1,2}\s*[a-z]?\s*\)(?:\s*=.*)?")
_INDEX = re.compile(r"(?:[ivxlc]+|[a-z]|\d+(?:\.\d+)*)[.)]?")
_GROUPED = re.compile(r"\d{1,3}(?:([., \u00a0])\d{3})(?:\1\d{3})*")
_END = re.compile(r"^(?:nguoi lap|nguoi bao cao|thu truong|ghi chu:|noi nhan|luu y)")
_TOTAL = re.compile(r"^(?:tong cong|tong so|tong|cong)\b[ :.]*(?:\(.*\))?$")
_REPORTING_UNIT = re.compile(r"(?:don vi|co quan) bao cao\s*:?\s*", re.IGNORECASE)
_HEADER_ROWS = 8
# Meaning of a column → words of its header path, all of which must stand there; the first match counts.
_MEANINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("received_online", ("tiep nhan", "trong ky", "truc tuyen")),
    ("received_direct_postal", ("tiep nhan", "trong ky", "truc tiep", "buu chinh")),
    ("received_direct", ("tiep nhan", "trong ky", "truc tiep")),
    ("received_postal", ("tiep nhan", "trong ky", "buu chinh")),
    ("received_total", ("tiep nhan", "trong ky")),
    ("carried_over", ("tiep nhan", "ky truoc")),
    ("received_and_carried", ("tiep nhan", "tong so")),
    ("received_online", ("tiep nhan", "truc tuyen")),
    ("received_direct_postal", ("tiep nhan", "truc tiep", "buu chinh")),
    ("received_direct", ("tiep nhan", "truc tiep")),
    ("received_postal", ("tiep nhan", "buu chinh")),
    ("resolved_early", ("da giai quyet", "truoc han")),
    ("resolved_on_time", ("da giai quyet", "dung han")),
    ("resolved_overdue", ("da giai quyet", "qua han")),
    ("resolved_total", ("da giai quyet",)),
    ("in_process_in_time", ("dang giai quyet", "trong han")),
    ("in_process_overdue", ("dang giai quyet", "qua han")),
    ("in_process_total", ("dang giai quyet",)),
    ("overdue_total", ("so luong ho so",)),
    ("overdue_total", ("ho so", "qua han")),
    ("unit_code", ("ma", "don vi")),
    ("unit_code", ("ma dinh danh",)),
)
_PARTS = ("received_online", "received_direct_postal", "received_direct", "received_postal")
_NAMES = ("don vi", "co quan", "linh vuc", "thu tuc", "ten")


@dataclass
class FormSheet:
    """What a sheet holds: records, rows that are none (row number from 1, cause), and notes."""

    records: list[dict[str, Any]] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class FormError(Exception):
    """The sheet is no form that can be read; the message says why, without content."""


@dataclass(frozen=True)
class _Table:
    """Where the table is: its first row of data, and the columns by meaning."""

    first: int
    columns: dict[str, int]
    name: int
    index: int | None


def read_form(grid: Grid, units: UnitNames, file_name: str) -> FormSheet:
    """Read one sheet, given as rows of cells with merged cells filled.

    Raises:
        FormError: no table with an understandable header, or no period.
    """
    table = _find_table(grid)
    above = [str(cell) for row in grid[: table.first] for cell in row if isinstance(cell, str)]
    period = read_period([*above, file_name])
    if period is None:
        raise FormError("no period (tháng, quý, năm) in the title or the file's name")
    grain, start = period
    sheet, reader = FormSheet(), _Rows(grid, table, units, _reporting_unit(above, units))
    has_received = bool({"received_total", "received_and_carried", *_PARTS} & table.columns.keys())
    for number, code, counts in reader.rows(sheet):
        if not has_received:
            overdue = counts.get("overdue_total") or 0
            sheet.notes.append(f"{code}, {grain} from {start:%Y-%m-%d}: {overdue} dossiers overdue")
            continue
        total, differs = _received(counts)
        if total is None:
            sheet.problems.append((number, "the row states no received dossiers"))
            continue
        record = {"unit_code": code, "period_grain": grain, "period_start": start.isoformat()}
        others = {
            name: value for name, value in counts.items() if name != "received_total" and value is not None
        }
        sheet.records.append(
            {**record, "received_total": total, **others, **({"sum_differs": True} if differs else {})}
        )
    return sheet


def _received(counts: dict[str, int | None]) -> tuple[int | None, bool]:
    """Dossiers received in the period, and whether the form's own figures contradict each other."""
    parts = [value for name in _PARTS if (value := counts.get(name)) is not None]
    added = sum(parts) if parts else None
    stated, carried = counts.get("received_total"), counts.get("carried_over")
    whole = counts.get("received_and_carried")
    if stated is None:
        stated = added if added is not None else None if whole is None else whole - (carried or 0)
    differs = added is not None and stated != added
    if whole is not None and stated is not None and whole not in (stated, stated + (carried or 0)):
        differs = True
    return (None if stated is None or stated < 0 else stated), differs


def _find_table(grid: Grid) -> _Table:
    """Find header and columns.

    Raises:
        FormError: no row is a header whose meaning is known.
    """
    for number, row in enumerate(grid):
        if not any(_is_index_header(cell) for cell in row):
            continue
        first = _first_data_row(grid, number)
        paths = [_path(grid[number:first], column) for column in range(len(row))]
        columns: dict[str, int] = {}
        for column, path in enumerate(paths):
            meaning = next((name for name, words in _MEANINGS if all(word in path for word in words)), None)
            if meaning is not None:
                columns.setdefault(meaning, column)
        index = next(place for place, cell in enumerate(row) if _is_index_header(cell))
        named = [
            place
            for place, path in enumerate(paths)
            if place != index and place not in columns.values() and any(word in path for word in _NAMES)
        ]
        if named and columns.keys() - {"unit_code"}:
            return _Table(first, columns, named[0], index)
    raise FormError("no table whose header names dossiers (tiếp nhận, giải quyết, quá hạn) and units")


def _is_index_header(cell: Any) -> bool:
    return isinstance(cell, str) and plain(cell).strip(". ") in ("stt", "tt", "so tt", "so thu tu")


def _first_data_row(grid: Grid, header: int) -> int:
    """The row behind the header: after the `(1) (2) …` row, or at the first row that counts something."""
    limit = min(len(grid), header + _HEADER_ROWS)
    for number in range(header, limit):
        marks = sum(isinstance(cell, str) and bool(_ORDINAL.fullmatch(plain(cell))) for cell in grid[number])
        if marks >= 3:
            return number + 1
    for number in range(header + 1, limit):
        if any(read_count(cell)[0] is not None for cell in grid[number][1:]):
            return number
    return limit


def _path(rows: Grid, column: int) -> str:
    """The texts of a column's header cells, from top to bottom, each once, without accents."""
    texts = []
    for row in rows:
        cell = row[column] if column < len(row) else None
        if isinstance(cell, str) and cell.strip() and not _ORDINAL.fullmatch(plain(cell)):
            texts.append(plain(cell))
    return " / ".join(dict.fromkeys(texts))


def _reporting_unit(above: Iterable[str], units: UnitNames) -> str | None:
    """The unit that reports, as the lines above the table name it."""
    for text in above:
        for line in text.splitlines():
            if _REPORTING_UNIT.search(plain(line)):
                name = line.partition(":")[2] or line
                if code := units.code_of(name):
                    return code
    return None


def read_count(cell: Any) -> tuple[int | None, bool]:
    """Read a count: (number or None, whether the cell is understood). `1.234` and `1,234` are 1234."""
    if cell is None or isinstance(cell, bool | dt.date):
        return None, cell is None
    if isinstance(cell, int | float):
        whole = float(cell).is_integer() and cell >= 0
        return (int(cell), True) if whole else (None, False)
    text = str(cell).strip()
    if text in ("", "-", "–", "—"):
        return None, True
    if text.isascii() and text.isdigit():
        return int(text), True
    if _GROUPED.fullmatch(text):
        return int(re.sub(r"\D", "", text)), True
    return None, False


def _is_no_unit(name: str) -> bool:
    """Whether a line plainly stands for no unit: a group of units, a sector, a procedure."""
    return is_pseudo_unit(name) or plain(name).startswith(("linh vuc", "thu tuc"))


@dataclass
class _Rows:
    """Walks the rows of a table and says which unit each stands for."""

    grid: Grid
    table: _Table
    units: UnitNames
    reporting_unit: str | None

    def rows(self, sheet: FormSheet) -> Iterator[tuple[int, str, dict[str, int | None]]]:
        """Yield row number, unit code and counts of the rows that stand for a unit."""
        seen: set[str] = set()
        above: list[str] = []  # numbering of the unit that the following rows belong to
        inside = False  # a `Trong đó` breaks the row above down; its rows are no units of their own
        for number, row in enumerate(self.grid[self.table.first :], start=self.table.first + 1):
            name, index = self._text(row, self.table.name), self._numbering(row)
            label = plain(name or self._text(row, self.table.index))
            if _END.match(label):
                return
            if not label:
                continue
            if label.startswith("trong do"):
                inside = True
                continue
            is_total = bool(_TOTAL.match(label))
            if inside and not index and not is_total:
                continue
            inside = False
            code = self._code(row, name, is_total)
            if code is None:
                is_part = bool(above) and len(index) > len(above) and index[: len(above)] == above
                if not (is_total or is_part or _is_no_unit(name)):
                    sheet.problems.append((number, "no unit, or more than one, answers to the name"))
                continue
            counts, bad = self._counts(row)
            if bad:
                sheet.problems.append((number, f"no whole number in column {', '.join(bad)}"))
            elif code in seen:
                if not is_total:
                    sheet.problems.append((number, "the unit stands in the form twice"))
            else:
                seen.add(code)
                yield number, code, counts
            if not is_total:
                above = index

    def _code(self, row: list[Any], name: str, is_total: bool) -> str | None:
        if is_total:
            return self.reporting_unit
        column = self.table.columns.get("unit_code")
        code = self.units.code_of(self._text(row, column)) if column is not None else None
        return code or (None if is_pseudo_unit(name) else self.units.code_of(name))

    def _counts(self, row: list[Any]) -> tuple[dict[str, int | None], list[str]]:
        counts: dict[str, int | None] = {}
        bad = []
        for meaning, column in self.table.columns.items():
            if meaning == "unit_code":
                continue
            value, understood = read_count(row[column] if column < len(row) else None)
            counts[meaning] = value
            if not understood:
                bad.append(meaning)
        return counts, bad

    def _text(self, row: list[Any], column: int | None) -> str:
        cell = row[column] if column is not None and column < len(row) else None
        return "" if cell is None else str(cell).strip()

    def _numbering(self, row: list[Any]) -> list[str]:
        """The parts of a row's number: `1.2` → 1, 2; an empty list if it has none."""
        text = plain(self._text(row, self.table.index)).rstrip(".)")
        return text.split(".") if _INDEX.fullmatch(text) else []
