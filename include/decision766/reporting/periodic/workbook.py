"""A report as a workbook that an official sends on: cover, one sheet per table, native charts.

Numbers are numbers, in the formats that a Vietnamese Excel shows as 1.234,56; text is never a formula. The
same edition gives the same bytes: nothing of the time of writing stands in the file.
"""

import datetime as dt
import io
import zipfile
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from decision766.reporting.cells import formula_safe
from decision766.reporting.periodic import words
from decision766.reporting.periodic.cover import cover_lines
from decision766.reporting.periodic.model import (
    COUNT,
    DAY,
    PERCENT,
    SCORE,
    Chart,
    Column,
    Edition,
    Table,
    Value,
)

FORMATS = {COUNT: "#,##0", SCORE: "#,##0.00", PERCENT: "#,##0.00", DAY: "dd/mm/yyyy"}
HEADER_ROWS = 5  # title, its English, what the report is of, headings, their English
_WRITTEN = (2026, 1, 1, 0, 0, 0)  # of every file in the archive; a zip knows no zone
_CREATED = dt.datetime(*_WRITTEN)  # noqa: DTZ001
_INK, _PAPER, _QUIET, _WARNING = "FFFFFF", "1F4E79", "6B7280", "A3170F"
_LINE = Border(bottom=Side(style="thin", color="C9D1DB"))


def workbook_bytes(edition: Edition) -> bytes:
    """The whole workbook."""
    book = Workbook()
    cover = book.active
    if not isinstance(cover, Worksheet):
        raise TypeError("a new workbook has one sheet")
    _cover(cover, edition)
    for table in edition.report.tables:
        _sheet(book.create_sheet(table.sheet), edition, table)
    said = edition.report
    book.properties.title = f"{said.title[0]} – {said.unit_name} – {said.period_text[0]}"
    book.properties.creator = "Decision 766"
    book.properties.created = book.properties.modified = _CREATED
    return _stable(book)


def _cover(sheet: Worksheet, edition: Edition) -> None:
    sheet.title = "Bìa"
    sheet.sheet_view.showGridLines = False
    for letter, width in (("A", 3), ("B", 42), ("C", 74)):
        sheet.column_dimensions[letter].width = width
    row = 2
    for line in cover_lines(edition):
        if line.kind == "pair":
            _text(sheet, row, 2, line.vi, Font(bold=True))
            _put(sheet, row, 3, line.value, line.value_kind)
            _text(sheet, row + 1, 2, line.en, Font(size=8, italic=True, color=_QUIET))
            row += 2
            continue
        font = {
            "title": Font(bold=True, size=18, color=_PAPER),
            "subtitle": Font(bold=True, size=13),
            "mark": Font(bold=True, size=12, color=_WARNING),
            "warning": Font(color=_WARNING),
            "heading": Font(bold=True, size=12, color=_PAPER),
        }.get(line.kind, Font())
        _text(sheet, row, 2, line.vi, font)
        _text(sheet, row + 1, 2, line.en, Font(size=8, italic=True, color=_QUIET))
        for at in (row, row + 1):
            sheet.merge_cells(start_row=at, end_row=at, start_column=2, end_column=3)
        row += 2
    sheet.page_setup.orientation = "portrait"
    _printed(sheet, edition)


def _sheet(sheet: Worksheet, edition: Edition, table: Table) -> None:
    said = edition.report
    last = get_column_letter(len(table.columns))
    marks = [words.ORIGINS[said.data_origin][0]] if said.data_origin in words.ORIGINS else []
    marks += [words.PROVISIONAL[0]] if said.is_provisional else []
    about = " · ".join([f"{said.unit_name} ({said.unit_code})", said.period_text[0], *marks])
    _text(sheet, 1, 1, table.title[0], Font(bold=True, size=14, color=_PAPER))
    _text(sheet, 2, 1, table.title[1], Font(size=9, italic=True, color=_QUIET))
    _text(sheet, 3, 1, about, Font(bold=bool(marks), color=_WARNING if marks else None))
    for place, column in enumerate(table.columns, start=1):
        _heading(sheet, place, column)
    for number, row in enumerate(table.rows, start=HEADER_ROWS + 1):
        for place, (column, value) in enumerate(zip(table.columns, row, strict=True), start=1):
            _put(sheet, number, place, value, column.kind)
    end = HEADER_ROWS + len(table.rows)
    if not table.rows:
        _text(sheet, end + 1, 1, "Không có.", Font(italic=True))
        end += 1
    if table.note:
        _text(sheet, end + 2, 1, table.note[0], Font(italic=True))
        _text(sheet, end + 3, 1, table.note[1], Font(size=8, italic=True, color=_QUIET))
        end += 3
    sheet.freeze_panes = sheet.cell(HEADER_ROWS + 1, 1)
    if table.rows:
        sheet.auto_filter.ref = f"A{HEADER_ROWS}:{last}{HEADER_ROWS + len(table.rows)}"
    if table.chart and table.rows:
        _chart(sheet, table, table.chart, end + 2)
    sheet.page_setup.orientation = "landscape"
    sheet.print_title_rows = f"{HEADER_ROWS - 1}:{HEADER_ROWS}"
    _printed(sheet, edition)


def _heading(sheet: Worksheet, place: int, column: Column) -> None:
    sheet.column_dimensions[get_column_letter(place)].width = column.width
    middle = Alignment(horizontal="center", vertical="center", wrap_text=True)
    for row, text, font in (
        (HEADER_ROWS - 1, column.label[0], Font(bold=True, color=_INK)),
        (HEADER_ROWS, column.label[1], Font(size=8, italic=True, color=_INK)),
    ):
        _text(sheet, row, place, text, font)
        cell = sheet.cell(row, place)
        cell.fill = PatternFill("solid", start_color=_PAPER)
        cell.alignment = middle


def _put(sheet: Worksheet, row: int, column: int, value: Value, kind: str) -> None:
    """One value; null is a dash and never 0, text never a formula."""
    if value is None or isinstance(value, str | bool | dt.datetime):
        _text(sheet, row, column, words.shown(value, kind), Font())
    else:
        cell = sheet.cell(row, column, float(value) if isinstance(value, Decimal) else value)
        cell.number_format = FORMATS.get(DAY if isinstance(value, dt.date) else kind, "General")
        if kind == COUNT and isinstance(value, Decimal) and value != value.to_integral_value():
            cell.number_format = FORMATS[SCORE]
    cell = sheet.cell(row, column)
    cell.border = _LINE
    right = words.is_number(kind)
    cell.alignment = Alignment(horizontal="right" if right else "left", vertical="top", wrap_text=not right)


def _text(sheet: Worksheet, row: int, column: int, text: str, font: Font) -> None:
    cell = sheet.cell(row, column)
    cell.value = str(formula_safe(text))
    cell.data_type = "s"  # whatever it begins with
    cell.font = font


def _chart(sheet: Worksheet, table: Table, chart: Chart, row: int) -> None:
    drawn = LineChart() if chart.kind == "line" else BarChart()
    last = HEADER_ROWS + min(len(table.rows), chart.last_row or len(table.rows))
    for place in chart.series:
        values = Reference(sheet, min_col=place + 1, min_row=HEADER_ROWS, max_row=last)
        drawn.add_data(values, titles_from_data=True)
        drawn.series[-1].tx.strRef.f = f"'{sheet.title}'!${get_column_letter(place + 1)}${HEADER_ROWS - 1}"
    drawn.set_categories(Reference(sheet, min_col=chart.names + 1, min_row=HEADER_ROWS + 1, max_row=last))
    drawn.title = chart.title[0]
    drawn.height, drawn.width = 9, 24
    drawn.x_axis.delete = drawn.y_axis.delete = False
    drawn.y_axis.numFmt = "#,##0"
    drawn.legend.position = "b"
    sheet.add_chart(drawn, f"A{row}")


def _printed(sheet: Worksheet, edition: Edition) -> None:
    """A4, one page wide, with what it is and the ledger's head on each page."""
    said = edition.report
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    sheet.oddFooter.left.text = (
        f"{said.unit_code} {said.period_code} · v{edition.version} · sổ cái {said.head}"
    )
    sheet.oddFooter.right.text = "Trang &P/&N"


def _stable(book: Workbook) -> bytes:
    """Save without the time of saving."""
    saved, stable = io.BytesIO(), io.BytesIO()
    book.save(saved)
    with zipfile.ZipFile(saved) as written, zipfile.ZipFile(stable, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in sorted(written.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            content = written.read(name)
            if name == "docProps/core.xml":
                content = _without_time(content)
            copy.writestr(zipfile.ZipInfo(name, _WRITTEN), content, zipfile.ZIP_DEFLATED)
    return stable.getvalue()


def _without_time(core: bytes) -> bytes:
    """Saving stamps the time of change; it is set back to that of creation."""
    before, tag, rest = core.partition(b"<dcterms:modified")
    if not tag:
        return core
    head, _, tail = rest.partition(b">")
    _, _, after = tail.partition(b"</")
    return b"".join([before, tag, head, b">", _CREATED.isoformat().encode(), b"Z</", after])
