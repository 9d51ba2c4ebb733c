"""Forms II.06a and II.07a of the national reporting system, as workbooks laid out as the circular draws them.

Headers over several rows with merged cells, the row (1) (2) …, a total, and names instead of codes.
"""

import datetime as dt
import io
import zipfile
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

Rows = Sequence[tuple[str, int]]
_WRITTEN = dt.datetime(2026, 1, 1)  # noqa: DTZ001 (a workbook knows no zone)
_CAUSES = ("Do cơ quan", "Do tổ chức, cá nhân", "Nguyên nhân khác")


def form_06a(reporting_unit: str, month: dt.date, received: Rows) -> bytes:
    """II.06a: dossiers received, resolved and in process in a month. received: unit's name, number."""
    sheet = _begin("Biểu số II.06a/VPCP/KSTT", "TÌNH HÌNH, KẾT QUẢ GIẢI QUYẾT TTHC", reporting_unit, month)
    _put(sheet, 6, 1, "STT", down=3)
    _put(sheet, 6, 2, "Đơn vị / Lĩnh vực giải quyết", down=3)
    _put(sheet, 6, 3, "Số lượng hồ sơ tiếp nhận", across=4)
    _put(sheet, 7, 3, "Tổng số", down=2)
    _put(sheet, 7, 4, "Trong kỳ", across=2)
    _put(sheet, 8, 4, "Trực tuyến")
    _put(sheet, 8, 5, "Trực tiếp, dịch vụ bưu chính")
    _put(sheet, 7, 6, "Từ kỳ trước", down=2)
    for column in range(1, 7):
        sheet.cell(9, column, "(3)=(4)+(5)+(6)" if column == 3 else f"({column})")
    for place, (name, total) in enumerate(received, start=1):
        online = total * 3 // 5
        carried = total // 20
        values = [place, name, total + carried, online, total - online, carried]
        for column, value in enumerate(values, start=1):
            sheet.cell(9 + place, column, value)
    return _end(sheet, 11 + len(received))


def form_07a(reporting_unit: str, month: dt.date, overdue: Rows) -> bytes:
    """II.07a: overdue dossiers by cause in a month. overdue: unit's name, number."""
    sheet = _begin("Biểu số II.07a/VPCP/KSTT", "NGUYÊN NHÂN QUÁ HẠN", reporting_unit, month)
    _put(sheet, 6, 1, "STT", down=2)
    _put(sheet, 6, 2, "Đơn vị", down=2)
    _put(sheet, 6, 3, "Số lượng hồ sơ quá hạn", down=2)
    _put(sheet, 6, 4, "Nguyên nhân quá hạn", across=3)
    for place, cause in enumerate(_CAUSES):
        _put(sheet, 7, 4 + place, cause)
    for place, (name, total) in enumerate(overdue, start=1):
        values = [place, name, total, total - total // 3, total // 3, 0]
        for column, value in enumerate(values, start=1):
            sheet.cell(7 + place, column, value)
    return _end(sheet, 9 + len(overdue))


def _begin(number: str, title: str, reporting_unit: str, month: dt.date) -> Worksheet:
    sheet = Workbook().active
    if not isinstance(sheet, Worksheet):
        raise TypeError("a new workbook has one sheet")
    lines = (
        number,
        title,
        f"Kỳ báo cáo: Tháng {month.month} năm {month.year}",
        f"Đơn vị báo cáo: {reporting_unit}",
    )
    for row, text in enumerate(lines, start=1):
        _put(sheet, row, 1, text)
    return sheet


def _put(sheet: Worksheet, row: int, column: int, text: str, *, down: int = 1, across: int = 1) -> None:
    sheet.cell(row, column, text)
    if down > 1 or across > 1:
        sheet.merge_cells(
            start_row=row, end_row=row + down - 1, start_column=column, end_column=column + across - 1
        )


def _end(sheet: Worksheet, row: int) -> bytes:
    """Sign and save; the same content gives the same bytes, so no time of writing stands in it."""
    sheet.cell(row, 2, "Người lập biểu")
    book = sheet.parent
    if not isinstance(book, Workbook):
        raise TypeError("a sheet belongs to a workbook")
    book.properties.created = book.properties.modified = _WRITTEN
    saved, stable = io.BytesIO(), io.BytesIO()
    book.save(saved)
    with zipfile.ZipFile(saved) as written, zipfile.ZipFile(stable, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in written.namelist():
            content = written.read(name)
            if name == "docProps/core.xml":
                content = _without_time(content)
            copy.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return stable.getvalue()


def _without_time(core: bytes) -> bytes:
    """Saving stamps the time of change; it is set back to the time of creation."""
    before, tag, rest = core.partition(b"<dcterms:modified")
    if not tag:
        return core
    head, _, tail = rest.partition(b">")
    _, _, after = tail.partition(b"</")
    return b"".join([before, tag, head, b">", _WRITTEN.isoformat().encode(), b"Z</", after])
