"""CSV that people send: every encoding and separator gives the same records, a bad row or file its reason."""

import csv
import gzip
import io
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from source_double import PRESENT

from decision766.settings import get_settings
from decision766.simulator.exchange_dossiers import DossierRecords
from decision766.simulator.world import World
from decision766.sources import Connection, FileDropSource, SourceAnswer, SourceError, find_source
from decision766.sources.csv_records import detect_encoding
from decision766.sources.file_drop import FileDropAdapter

CODES = [f"H44.07-260801-{number:05d}" for number in range(40)]
NAMES = ["Nguyễn Thị Ánh", "Trần Đức Hải", "Lê Quốc Khánh", "Phạm Hữu Nghĩa"]


def _adapter(folder: Path, **changes: object) -> FileDropAdapter:
    source = find_source(get_settings().sources_folder, "inbox")
    assert isinstance(source, FileDropSource)
    return FileDropAdapter(
        source.model_copy(update={"settle_seconds": 0, **changes}), Connection(str(folder))
    )


def _read(folder: Path, entity: str = "dossier", **changes: object) -> list[SourceAnswer]:
    answers = _adapter(folder, **changes).fetch(entity, cursor=None, observed_at=PRESENT)
    return [answer.decoded() for answer in answers]


def _collect(adapter: FileDropAdapter, found: list[SourceAnswer]) -> None:
    """Keep what comes before the failure."""
    for answer in adapter.fetch("dossier", cursor=None, observed_at=PRESENT):
        found.append(answer)


def _records(answers: list[SourceAnswer]) -> list[dict[str, Any]]:
    return [record for answer in answers for records in answer.records.values() for record in records]


def _table(separator: str = ",") -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(["MaHoSo", "MaTTHC", "ChuHoSo", "NgayTiepNhan", "DanhSachLePhi", ""])
    for number, code in enumerate(CODES):
        fees = json.dumps([{"MaPhiLePhi": "P1", "Gia": "10.000"}]) if number % 2 else ""
        name = f'{NAMES[number % 4]}{separator} "Ông"\nvà vợ'
        writer.writerow([code, "1.004227", name, "15/08/2026 09:30", fees, ""])
    return out.getvalue()


@pytest.mark.parametrize("separator", [",", ";", "|", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-16-le"])
def test_encoding_and_separator_are_found(tmp_path: Path, encoding: str, separator: str) -> None:
    (tmp_path / "dossiers.csv").write_bytes(_table(separator).encode(encoding))
    records = _records(_read(tmp_path))
    assert [record["MaHoSo"] for record in records] == CODES
    assert records[0]["ChuHoSo"] == f'Nguyễn Thị Ánh{separator} "Ông"\nvà vợ'
    assert {record["NgayTiepNhan"] for record in records} == {"20260815093000"}
    assert records[1]["DanhSachLePhi"] == [{"MaPhiLePhi": "P1", "Gia": "10.000"}]
    assert "DanhSachLePhi" not in records[0]


def _cp1258(text: str) -> bytes:
    """Vietnamese in windows-1258: letter and tone mark apart, as Windows writes it."""
    import unicodedata

    found = b""
    for char in unicodedata.normalize("NFC", text):
        try:
            found += char.encode("cp1258")
        except UnicodeEncodeError:
            letter = unicodedata.normalize("NFD", char)
            tones = [mark for mark in letter[1:] if mark in "\u0300\u0301\u0303\u0309\u0323"]
            base = unicodedata.normalize("NFC", letter[0] + "".join(m for m in letter[1:] if m not in tones))
            found += base.encode("cp1258") + "".join(tones).encode("cp1258")
    return found


def test_the_old_vietnamese_code_page(tmp_path: Path) -> None:
    lines = ["MaHoSo;ThoiGianDanhGia;DanhGia", *(f"{code};20260815093000;Rất hài lòng" for code in CODES)]
    (tmp_path / "ratings.csv").write_bytes(_cp1258("\r\n".join(lines)))
    records = _records(_read(tmp_path, "rating"))
    assert {record["DanhGia"] for record in records} == {"Rất hài lòng"}
    assert len(records) == len(CODES)


def test_the_western_code_page_is_told_from_it() -> None:
    assert detect_encoding("MaHoSo,Tên\nH44.07,Müller, Ångström, señor".encode("cp1252"))[0] in (
        "cp1252",
        "cp1258",
    )
    assert detect_encoding("MaHoSo;GhiChu\nH44;così, però, Þór, Ìnã".encode("cp1252"))[0] == "cp1252"
    assert detect_encoding(_cp1258("Nguyễn Thị Ánh, Đặng Quốc Việt"))[0] == "cp1258"


def test_our_column_names_are_understood_and_others_go_to_the_redactor(tmp_path: Path) -> None:
    text = (
        "DOSSIER_CODE,procedure_code,Received_At,unit_code,so_dien_thoai\n"
        "H44.07-260801-00001,1.004227,2026-08-15 09:30,H44.07,0912345678\n"
    )
    (tmp_path / "dossiers.csv").write_text(text)
    (record,) = _records(_read(tmp_path))
    assert record == {
        "MaHoSo": "H44.07-260801-00001",
        "MaTTHC": "1.004227",
        "NgayTiepNhan": "20260815093000",
        "unit_code": "H44.07",
        "so_dien_thoai": "0912345678",
    }


def test_own_entities_come_as_csv_too(tmp_path: Path) -> None:
    (tmp_path / "national_totals.csv").write_text(
        "unit_code,period_grain,period_start,received_total\nH44,month,2026-08-01,1234\n"
    )
    (record,) = _records(_read(tmp_path, "national_report_total"))
    assert record == {
        "unit_code": "H44",
        "period_grain": "month",
        "period_start": "2026-08-01",
        "received_total": "1234",
    }


def test_a_row_that_is_none_is_told_by_place_and_cause(tmp_path: Path) -> None:
    body = b"MaHoSo,MaTTHC\nH44.07-260801-00001,1.004227\n\nH44.07-260801-00002\n"
    body += b"H44.07-260801-00003,1.004227,x,\n"
    (tmp_path / "dossiers.csv").write_bytes(body)
    (answer,) = _read(tmp_path)
    assert len(_records([answer])) == 1
    places = [
        body[bad.byte_offset + answer.call["offset"] :][: bad.byte_length] for bad in answer.unparseable
    ]
    assert places == [b"H44.07-260801-00002\n", b"H44.07-260801-00003,1.004227,x,\n"]
    assert [bad.cause for bad in answer.unparseable] == [
        "the row has 1 cells, the header 2",
        "the row has 3 cells, the header 2",
    ]


def test_a_large_file_comes_in_parts_and_whole(tmp_path: Path) -> None:
    (tmp_path / "dossiers.csv.gz").write_bytes(gzip.compress(_table().encode()))
    answers = _read(tmp_path, part_bytes=1024)
    assert len(answers) > 2
    assert [record["MaHoSo"] for record in _records(answers)] == CODES
    assert b"".join(answer.body for answer in answers).decode() == _table()


def test_a_quote_that_never_ends_is_named(tmp_path: Path) -> None:
    (tmp_path / "dossiers.csv").write_text('MaHoSo,ChuHoSo\nH44.07-260801-00001,A\nH44.07-260801-00002,"Nguy')
    (answer,) = _read(tmp_path)
    assert len(_records([answer])) == 1
    assert "half-written" in answer.unparseable[0].cause


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("Nguyễn Văn A,0912345678\n", "is no header of dossier"),
        ("MaTTHC,ChuHoSo\n1,2\n", "lacks the key MaHoSo"),
        ("MaHoSo,dossier_code\n1,2\n", "names a field twice: MaHoSo"),
    ],
)
def test_a_bad_file_is_reported_with_its_reason_and_holds_up_no_other(
    tmp_path: Path, text: str, cause: str
) -> None:
    (tmp_path / "dossiers-1.csv").write_text(text)
    (tmp_path / "dossiers-2.csv").write_text(_table())
    found: list[SourceAnswer] = []
    with pytest.raises(SourceError, match=cause) as raised:
        found.extend(_adapter(tmp_path).fetch("dossier", cursor=None, observed_at=PRESENT))
    assert "dossiers-1.csv" in str(raised.value)
    assert "Nguyễn" not in str(raised.value)


def test_the_files_after_a_bad_one_are_read(tmp_path: Path) -> None:
    (tmp_path / "dossiers-1.csv").write_text("x\n")
    (tmp_path / "dossiers-2.csv").write_text(_table())
    found: list[SourceAnswer] = []
    with pytest.raises(SourceError):
        _collect(_adapter(tmp_path), found)
    assert [record["MaHoSo"] for record in _records(found)] == CODES


def test_csv_and_json_lines_say_the_same(tmp_path: Path) -> None:
    """A province's dossiers, nested lists included, through both doors."""
    world = World.build(dossiers=120)
    exchange = DossierRecords(world, "H12")
    records = [exchange.record(dossier) for dossier in world.all_dossiers("H12")]
    for record in records:
        del record["DinhDanhCHS"]  # personal as a whole: it goes through unopened
    names = list(dict.fromkeys(name for record in records for name in record))
    with (tmp_path / "dossiers.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(names)
        for record in records:
            cells = (record.get(name, "") for name in names)
            writer.writerow([json.dumps(cell) if isinstance(cell, list) else cell for cell in cells])
    expected = [{name: value for name, value in record.items() if value != ""} for record in records]
    assert _records(_read(tmp_path)) == expected


# --- files that are still being written ----------------------------------------------------------------


def test_a_file_that_grows_is_left_for_the_next_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "dossiers.csv"
    path.write_text("MaHoSo,MaTTHC\nH44.07-26")
    adapter = _adapter(tmp_path, settle_seconds=5)

    def write_more(seconds: float) -> None:
        assert seconds <= 5
        path.write_text(_table())

    monkeypatch.setattr(time, "sleep", write_more)
    assert list(adapter.fetch("dossier", cursor=None, observed_at=PRESENT)) == []
    assert adapter.notes() == ["file dossiers.csv is still being written and left for the next run"]
    assert adapter.next_cursor("dossier", cursor=None, observed_at=PRESENT) == "[]"
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    assert len(_records(list(adapter.fetch("dossier", cursor=None, observed_at=PRESENT)))) == len(CODES)


def test_an_old_file_is_read_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "dossiers.csv"
    path.write_text(_table())
    os.utime(path, (time.time() - 60, time.time() - 60))
    monkeypatch.setattr(time, "sleep", lambda seconds: pytest.fail("nothing to wait for"))
    assert len(_records(_read(tmp_path, settle_seconds=5))) == len(CODES)


@pytest.mark.parametrize("suffix", [".part", ".tmp", ".crdownload", ".filepart"])
def test_a_temporary_name_is_no_file_yet(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"dossiers.csv{suffix}").write_text(_table())
    adapter = _adapter(tmp_path)
    assert list(adapter.fetch("dossier", cursor=None, observed_at=PRESENT)) == []
    assert adapter.unknown_files() == []
