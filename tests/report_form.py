"""Form II.06a of the national reporting system, drawn as the circular draws it."""

from typing import Any

from openpyxl import Workbook


def form_06a(
    rows: list[list[Any]],
    *,
    shift: int = 0,
    numbered: bool = True,
    title: str = "Kỳ báo cáo: Quý III năm 2026",
) -> Workbook:
    """The form as the circular draws it, moved `shift` columns to the right."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    first = shift + 1

    def put(row: int, column: int, text: str, rows_down: int = 1, columns: int = 1) -> None:
        sheet.cell(row, first + column, text)
        if rows_down > 1 or columns > 1:
            sheet.merge_cells(
                start_row=row,
                end_row=row + rows_down - 1,
                start_column=first + column,
                end_column=first + column + columns - 1,
            )

    put(1, 0, "Biểu số II.06a/VPCP/KSTT")
    put(2, 0, "TÌNH HÌNH, KẾT QUẢ GIẢI QUYẾT TTHC TẠI CƠ QUAN, ĐƠN VỊ TRỰC TIẾP GIẢI QUYẾT")
    put(3, 0, title)
    put(4, 0, "Đơn vị báo cáo: UBND tỉnh Phú Thọ")
    put(6, 0, "STT", 3)
    put(6, 1, "Đơn vị / Lĩnh vực giải quyết", 3)
    put(6, 2, "Số lượng hồ sơ tiếp nhận", 1, 4)
    put(7, 2, "Tổng số", 2)
    put(7, 3, "Trong kỳ", 1, 2)
    put(8, 3, "Trực tuyến")
    put(8, 4, "Trực tiếp, dịch vụ bưu chính")
    put(7, 5, "Từ kỳ trước", 2)
    put(6, 6, "Số lượng hồ sơ đã giải quyết", 1, 4)
    for place, text in enumerate(("Tổng số", "Trước hạn", "Đúng hạn", "Quá hạn")):
        put(7, 6 + place, text, 2)
    put(6, 10, "Số lượng hồ sơ đang giải quyết", 1, 3)
    for place, text in enumerate(("Tổng số", "Trong hạn", "Quá hạn")):
        put(7, 10 + place, text, 2)
    at = 9
    if numbered:
        for column in range(13):
            put(at, column, "(3)=(4)+(5)+(6)" if column == 2 else f"({column + 1})")
        at += 1
    for row in rows:
        for column, value in enumerate(row):
            sheet.cell(at, first + column, value)
        at += 1
    sheet.cell(at + 1, first + 1, "Người lập biểu")
    sheet.cell(at + 2, first + 1, "Nguyễn Văn A")
    return book
