"""Tables of the pages, once for the eye and once for a spreadsheet: the same columns and rows."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from openpyxl import Workbook
from openpyxl.styles import Font

from decision766.reporting.cells import formula_safe
from decision766.scoreboard.queries import Row

Kind = Literal["text", "name", "score", "number", "change", "instant", "code", "word", "meter"]
NUMBERS = ("score", "number", "change", "meter")


@dataclass(frozen=True)
class Column:
    """One column. link: address of a row's cell; show: words of a value, which exports write too.

    kind `meter`: a percentage with a bar beside it. is_vietnamese: the text is Vietnamese on every page.
    of_row: the words of a cell that more than its own value decides, found for the rows that are read.
    """

    key: str
    title: str
    kind: Kind = "text"
    link: Callable[[Row], str | None] | None = None
    show: Callable[[Any], str] | None = None
    is_vietnamese: bool = False
    of_row: Callable[[Row], str] | None = None

    @property
    def is_number(self) -> bool:
        """Whether its cells stand to the right."""
        return self.kind in NUMBERS


@dataclass(frozen=True)
class Table:
    """A table: caption, columns, rows, and what stands where there are no rows. head: the row's header."""

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    head: str
    shown: int | None = None
    empty: str = ""
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def visible(self) -> Sequence[Row]:
        """Rows that the page shows; exports hold every one."""
        return self.rows if self.shown is None else self.rows[: self.shown]


def to_csv(table: Table, origin: str) -> bytes:
    """UTF-8 with a byte order mark, as spreadsheets expect; every row names its data's origin."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([formula_safe(column.title) for column in table.columns] + ["data_origin"])
    for row in table.rows:
        cells = [_cell(column, row) for column in table.columns]
        writer.writerow([*("" if cell is None else cell for cell in cells), row.get("data_origin") or origin])
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(table: Table, origin: str) -> bytes:
    """One sheet, numbers as numbers; text is text, whatever sign it begins with."""
    book = Workbook(write_only=False)
    sheet = book.active
    sheet.title = table.name[:31]
    sheet.append([formula_safe(column.title) for column in table.columns] + ["data_origin"])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in table.rows:
        sheet.append([*(_cell(column, row) for column in table.columns), row.get("data_origin") or origin])
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(column: Column, row: Row) -> object:
    value = row.get(column.key) if column.of_row is None else column.of_row(row)
    if value is None:
        return None
    if column.show is not None:
        return _clean(column.show(value))
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None, microsecond=0)
    if isinstance(value, (list, tuple)):
        return _clean(", ".join(str(part) for part in value))
    return _clean(value)


def _clean(value: object) -> object:
    """Text without the control signs that a workbook refuses, and that no spreadsheet runs."""
    if isinstance(value, str):
        value = "".join(sign for sign in value if sign >= " " or sign in "\t\n")
    return formula_safe(value)
