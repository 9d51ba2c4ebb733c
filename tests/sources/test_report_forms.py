"""Forms II.06a and II.07a, as units really send them: read by meaning, whatever the layout."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from source_double import PRESENT

from decision766.settings import get_settings
from decision766.sources import Connection, FileDropSource, SourceAnswer, SourceError, find_source
from decision766.sources.file_drop import FileDropAdapter
from decision766.sources.report_forms import read_count
from decision766.sources.report_period import read_period
from decision766.sources.unit_names import UnitNames, is_pseudo_unit
from report_form import form_06a

UNITS = {
    "H44": "UBND tỉnh Phú Thọ",
    "H44.07": "Sở Nông nghiệp và Môi trường",
    "H44.12": "Sở Tư pháp",
    "H44.100": "Xã Tân Lập",
    "H44.101": "Phường Việt Trì",
    "H44.102": "UBND phường Thanh Miếu",
}
# name as the form writes it → code
VARIANTS = {
    "Sở Nông nghiệp & Môi trường": "H44.07",
    "SỞ TƯ PHÁP": "H44.12",
    "Uỷ ban nhân dân xã Tân Lập": "H44.100",
    "UBND P. Việt Trì": "H44.101",
    "Phường Thanh Miếu": "H44.102",
}


def _units(folder: Path) -> None:
    lines = [json.dumps({"code": code, "name": name}, ensure_ascii=False) for code, name in UNITS.items()]
    (folder / "units.ndjson").write_text("\n".join(lines), encoding="utf-8")


def _adapter(folder: Path, **changes: object) -> FileDropAdapter:
    source = find_source(get_settings().sources_folder, "inbox")
    assert isinstance(source, FileDropSource)
    return FileDropAdapter(
        source.model_copy(update={"settle_seconds": 0, **changes}), Connection(str(folder))
    )


def _read(adapter: FileDropAdapter) -> list[SourceAnswer]:
    return list(adapter.fetch("national_report_total", cursor=None, observed_at=PRESENT))


def _collect(adapter: FileDropAdapter, found: list[SourceAnswer]) -> None:
    """Keep what comes before the failure."""
    for answer in adapter.fetch("national_report_total", cursor=None, observed_at=PRESENT):
        found.append(answer)


def _totals(answers: list[SourceAnswer]) -> dict[str, int]:
    return {
        record["unit_code"]: record["received_total"]
        for answer in answers
        for record in answer.records["national_report_total"]
    }


def _row(index: Any, name: str, online: Any, direct: Any, carried: Any, total: Any = None) -> list[Any]:
    return [index, name, total, online, direct, carried, 10, 5, 4, 1, 3, 2, 1]


def _sample() -> list[list[Any]]:
    names = list(VARIANTS)
    return [
        ["", "TỔNG CỘNG", "6.820", "4.000", "2.320", "500", 10, 5, 4, 1, 3, 2, 1],
        ["I", "Các sở, ban, ngành", None, "3.000", "1.000", "100", 1, 1, 0, 0, 0, 0, 0],
        _row("1", names[0], "1.234", "1,000", 66, "2.300"),
        _row("1.1", "Lĩnh vực Đất đai", 1000, 900, 60),
        _row("1.2", "Cấp giấy chứng nhận lần đầu", 234, 100, 6),
        ["", "Trong đó"],
        ["", "Phí Xã Tân Lập", 9, 9, 9, 9],
        _row(2, names[1], 766, "0", "-", 766),
        ["II", "UBND cấp xã", None, 1000, 1320, 400],
        _row("3", names[2], 500, 320, 200, 1020),
        _row("4", names[3], 300, 500, 100, 900),
        _row("5", names[4], 200.0, 500, 100, 800),
    ]


EXPECTED = {"H44": 6320, "H44.07": 2234, "H44.12": 766, "H44.100": 820, "H44.101": 800, "H44.102": 700}


@pytest.mark.parametrize("numbered", [True, False])
@pytest.mark.parametrize("shift", [0, 3])
def test_the_form_is_read_by_the_meaning_of_its_headers(tmp_path: Path, shift: int, numbered: bool) -> None:
    _units(tmp_path)
    form_06a(_sample(), shift=shift, numbered=numbered).save(tmp_path / "BC_II.06a_PhuTho.xlsx")
    (answer,) = _read(_adapter(tmp_path))
    assert _totals([answer]) == EXPECTED
    assert answer.unparseable == ()
    record = answer.records["national_report_total"][1]
    assert record["unit_code"] == "H44.07"
    assert record == {
        **{"unit_code": "H44.07", "period_grain": "quarter", "period_start": "2026-07-01"},
        **{"received_total": 2234, "received_online": 1234, "received_direct_postal": 1000},
        **{"carried_over": 66, "received_and_carried": 2300, "resolved_total": 10, "resolved_early": 5},
        **{"resolved_on_time": 4, "resolved_overdue": 1, "in_process_total": 3, "in_process_in_time": 2},
        "in_process_overdue": 1,
    }


def test_figures_that_contradict_each_other_are_marked(tmp_path: Path) -> None:
    _units(tmp_path)
    form_06a([_row(1, "Sở Tư pháp", 100, 50, 10, 999)]).save(tmp_path / "06a.xlsx")
    (answer,) = _read(_adapter(tmp_path))
    (record,) = answer.records["national_report_total"]
    assert (record["received_total"], record["sum_differs"]) == (150, True)


def test_rows_that_cannot_be_read_are_told_by_sheet_row_and_cause(tmp_path: Path) -> None:
    _units(tmp_path)
    rows = [
        _row(1, "Sở Không Có Thật", 1, 1, 1),
        _row(2, "Sở Tư pháp", "1.5", 1, 1),
        _row(3, "Xã Tân Lập", 5, 6, 0),
        _row(4, "Xã Tân Lập", 5, 6, 0),
        _row(5, "Phường Việt Trì", None, None, None),
    ]
    form_06a(rows).save(tmp_path / "06a.xlsx")
    (answer,) = _read(_adapter(tmp_path))
    assert _totals([answer]) == {"H44.100": 11}
    assert [bad.cause for bad in answer.unparseable] == [
        "sheet 1, row 10: no unit, or more than one, answers to the name",
        "sheet 1, row 11: no whole number in column received_online",
        "sheet 1, row 13: the unit stands in the form twice",
        "sheet 1, row 14: the row states no received dossiers",
    ]
    assert "Thật" not in str(answer.unparseable)


def test_a_unit_s_own_form_counts_by_its_total(tmp_path: Path) -> None:
    """Rows are sectors; the reporting unit stands above the table."""
    _units(tmp_path)
    book = form_06a(
        [
            _row(1, "Lĩnh vực Hộ tịch", 10, 20, 0),
            _row(2, "Lĩnh vực Chứng thực", 30, 40, 0),
            ["", "Tổng số", 100, 40, 60, 0],
        ]
    )
    book.active["A4"] = "Cơ quan báo cáo: Sở Tư pháp"
    book.save(tmp_path / "06a-so-tu-phap.xlsx")
    assert _totals(_read(_adapter(tmp_path))) == {"H44.12": 100}


def test_names_may_stand_in_the_yaml_and_codes_in_the_form(tmp_path: Path) -> None:
    form_06a([_row(1, "Sở TP", 1, 2, 0), _row(2, "Phòng một cửa (H44.07)", 3, 4, 0)]).save(
        tmp_path / "06a.xlsx"
    )
    assert _totals(_read(_adapter(tmp_path, unit_names={"Sở TP": "H44.12"}))) == {"H44.12": 3, "H44.07": 7}


def test_form_07a_becomes_notes(tmp_path: Path) -> None:
    _units(tmp_path)
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["Biểu số II.07a/VPCP/KSTT", "Kỳ báo cáo: Tháng 8/2026"],
        [],
        ["STT", "Đơn vị, lĩnh vực", "Số lượng hồ sơ quá hạn", "Nguyên nhân quá hạn"],
        ["(1)", "(2)", "(3)", "(4)"],
        [1, "Sở Tư pháp", "1.012", "Thiếu nhân lực"],
    ):
        sheet.append(row)
    book.save(tmp_path / "II.07a.xlsx")
    adapter = _adapter(tmp_path)
    assert _read(adapter) == []
    assert adapter.notes() == [
        "file II.07a.xlsx, sheet 1, H44.12, month from 2026-08-01: 1012 dossiers overdue"
    ]
    assert (
        len(json.loads(adapter.next_cursor("national_report_total", cursor=None, observed_at=PRESENT))) == 1
    )


def test_what_is_no_form_is_reported_with_its_reason(tmp_path: Path) -> None:
    _units(tmp_path)
    book = Workbook()
    book.active.append(["Họ tên", "Số điện thoại"])
    book.save(tmp_path / "1-06a.xlsx")
    form_06a([_row(1, "Sở Tư pháp", 1, 1, 1)], title="Báo cáo 6 tháng đầu năm 2026").save(
        tmp_path / "2-06a.xlsx"
    )
    whole = tmp_path / "3-06a.xlsx"
    form_06a(_sample()).save(whole)
    (tmp_path / "4-06a.xlsx").write_bytes(whole.read_bytes()[:-500])
    found: list[SourceAnswer] = []
    with pytest.raises(SourceError) as raised:
        _collect(_adapter(tmp_path), found)
    for cause in (
        "1-06a.xlsx: sheet 1: no table whose header",
        "2-06a.xlsx: sheet 1: no period",
        "4-06a.xlsx: it is no whole workbook",
    ):
        assert cause in str(raised.value)
    assert _totals(found) == EXPECTED


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("1.234", (1234, True)), ("1,234", (1234, True)), ("1 234", (1234, True)),
        ("1.234.567", (1234567, True)),
        (12, (12, True)), (12.0, (12, True)), ("-", (None, True)), ("", (None, True)), (None, (None, True)),
        ("0", (0, True)), (1.5, (None, False)), ("1.5", (None, False)), ("1.23", (None, False)),
        ("abc", (None, False)), (-1, (None, False)), ("1.234,567", (None, False)), (True, (None, False)),
    ],
)  # fmt: skip
def test_counts(cell: Any, read: tuple[int | None, bool]) -> None:
    assert read_count(cell) == read


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("Kỳ báo cáo: Quý III/2026", ("quarter", dt.date(2026, 7, 1))),
        ("QUÝ 2 NĂM 2026", ("quarter", dt.date(2026, 4, 1))),
        ("Tháng 08 năm 2026", ("month", dt.date(2026, 8, 1))),
        ("(Từ ngày 15/12/2025 đến ngày 14/3/2026)", ("quarter", dt.date(2026, 1, 1))),
        ("(từ ngày 15/7/2026 đến 14/8/2026)", ("month", dt.date(2026, 8, 1))),
        ("BC_06a_2026-08", ("month", dt.date(2026, 8, 1))),
        ("06a_H44_Q3-2026", ("quarter", dt.date(2026, 7, 1))),
        ("Báo cáo năm 2026", ("year", dt.date(2026, 1, 1))),
        ("Báo cáo 6 tháng đầu năm 2026", None),
        ("Thông tư số 01/2020/TT-VPCP", None),
    ],
)
def test_periods(text: str, period: Any) -> None:
    assert read_period([text]) == period


def test_a_name_that_could_be_two_units_is_none() -> None:
    names = UnitNames(
        [
            ("Xã Tân Lập", "H44.100"),
            ("Xã Tân Lấp", "H44.101"),
            ("Phường Tân An", "H44.102"),
            ("Xã Tân An", "H44.103"),
        ]
    )
    assert names.code_of("XÃ TÂN LẬP") == "H44.100"
    assert names.code_of("Xa Tan Lap") is None
    assert names.code_of("Tân An") is None
    assert names.code_of("UBND phường Tân An") == "H44.102"


@pytest.mark.parametrize(
    "name", ["Các sở, ban, ngành", "UBND cấp xã", "Khối sở, ngành", "Toàn tỉnh", "Cấp tỉnh", "Sở, ban, ngành"]
)
def test_pseudo_units(name: str) -> None:
    assert is_pseudo_unit(name)


@pytest.mark.parametrize(
    "name", ["Sở Tư pháp", "Xã Cấp Tiến", "Ban Quản lý các khu công nghiệp", "Sở Nội vụ"]
)
def test_units_are_no_pseudo_units(name: str) -> None:
    assert not is_pseudo_unit(name)
