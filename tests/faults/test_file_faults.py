"""Files that were cut, spoilt or sent twice: equal to a clean run, or a clear failure that heals."""

import gzip
import json
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from decision766.pipeline.ingest import IngestSummary
from decision766.sources import Connection
from every_adapter import FILES
from faulty_sources import Reader, counted, quick
from report_form import form_06a

pytestmark = pytest.mark.warehouse
LINES = [
    json.dumps(
        {
            "MaHoSo": f"H12.01-260815-{number:05}",
            "MaTTHC": "1.004227",
            "NgayTiepNhan": "20260815093000",
            "TrangThaiHoSo": "4",
        }
    )
    for number in range(60)
]
WHOLE = "\n".join([*LINES, ""]).encode()
ENTITIES = [
    {"entity": "org_unit", "files": "units*"},
    {"entity": "dossier", "files": "dossiers*"},
    {"entity": "national_report_total", "files": "national_totals*", "forms": ["*06a*"]},
]
UNITS = {"H44": "UBND tỉnh Phú Thọ", "H44.07": "Sở Nông nghiệp và Môi trường", "H44.12": "Sở Tư pháp"}


def _gzip(folder: Path, body: bytes) -> None:
    (folder / "dossiers.ndjson.gz").write_bytes(body)


def _finish(part: Path) -> None:
    """What a copying program does at its end."""
    part.write_bytes(WHOLE)
    part.rename(part.with_suffix(""))


# Name → (writes the faulty files, mends them, what the first reading comes to).
FAULTS: dict[str, tuple[Callable[[Path], Any], Callable[[Path], Any], str]] = {
    "half-written file": (
        lambda folder: (folder / "dossiers.ndjson").write_bytes(WHOLE[: len(WHOLE) // 2 + 20]),
        lambda folder: (folder / "dossiers.ndjson").write_bytes(WHOLE),
        "told",
    ),
    "gzip cut off": (
        lambda folder: _gzip(folder, gzip.compress(WHOLE, 0)[:-900]),
        lambda folder: _gzip(folder, gzip.compress(WHOLE)),
        "failed",
    ),
    "wrong gzip": (
        lambda folder: _gzip(folder, b"\x1f\x8b\x08" + WHOLE),
        lambda folder: _gzip(folder, gzip.compress(WHOLE)),
        "failed",
    ),
    "HTML instead of records": (
        lambda folder: (folder / "dossiers.ndjson").write_bytes(b"<html>\n<body>no</body>\n</html>\n"),
        lambda folder: (folder / "dossiers.ndjson").write_bytes(WHOLE),
        "told",
    ),
    "doubly encoded JSON": (
        lambda folder: (folder / "dossiers.ndjson").write_text("\n".join(map(json.dumps, LINES))),
        lambda folder: (folder / "dossiers.ndjson").write_bytes(WHOLE),
        "told",
    ),
    "empty file": (
        lambda folder: (folder / "dossiers.ndjson").write_bytes(b""),
        lambda folder: (folder / "dossiers-2.ndjson").write_bytes(WHOLE),
        "nothing",
    ),
    "file twice": (
        lambda folder: [(folder / f"dossiers-{n}.ndjson").write_bytes(WHOLE) for n in (1, 2)],
        lambda folder: None,
        "equal",
    ),
    "lines twice, in other files": (
        lambda folder: [
            (folder / f"dossiers-{n}.ndjson").write_bytes(b"\xef\xbb\xbf" + WHOLE * n) for n in (1, 2)
        ],
        lambda folder: None,
        "equal",
    ),
    "half-copied under a passing name": (
        lambda folder: (folder / "dossiers.ndjson.part").write_bytes(WHOLE[:3000]),
        lambda folder: _finish(folder / "dossiers.ndjson.part"),
        "nothing",
    ),
    "gzip of another kind": (
        lambda folder: _gzip(folder, gzip.compress(WHOLE)[:-8] + b"\0" * 8),  # its checksum is wrong
        lambda folder: _gzip(folder, gzip.compress(WHOLE)),
        "failed",
    ),
    "last part of one row": (
        lambda folder: (folder / "dossiers.ndjson").write_bytes(WHOLE + b"\n" * 4000),
        lambda folder: None,
        "equal",
    ),
}


def _read(reader: Reader, folder: Path, **changes: Any) -> IngestSummary:
    return reader.take(quick_inbox(**changes), Connection(str(folder)))


def quick_inbox(**changes: Any) -> Any:
    return quick("inbox", entities=ENTITIES, part_bytes=1024, **{"settle_seconds": 0, **changes})


FAST = {"half-written file", "gzip cut off", "file twice", "workbook cut off"}


def _cases(names: Iterable[str]) -> list[Any]:
    whole = [pytest.mark.faults, pytest.mark.slow]
    return [pytest.param(name, id=name, marks=[] if name in FAST else whole) for name in names]


@pytest.mark.parametrize("name", _cases(FAULTS))
def test_file_fault(name: str, reader: Reader, tmp_path: Path, record_property: Any) -> None:
    spoil, mend, end = FAULTS[name]
    record_property("fault_cell", (name, FILES, "once", end))
    clean, faulty = tmp_path / "clean", tmp_path / "faulty"
    clean.mkdir()
    faulty.mkdir()
    (clean / "dossiers.ndjson").write_bytes(WHOLE)
    _read(reader, clean).raise_for_failures()
    rows = reader.tables()["dossier"]
    assert len(rows) == len(LINES)
    reader.empty()

    spoil(faulty)
    summary = _read(reader, faulty)
    held = reader.tables()["dossier"]
    assert len(set(held)) == len(held)
    assert set(held) <= set(rows)
    if end == "failed":
        assert [failure.kind for failure in summary.failed] == ["unreadable"]
        assert "dossiers.ndjson.gz cannot be read" in summary.failures[0]
        assert held == []
    else:
        summary.raise_for_failures()
        assert (summary.unparseable > 0) == (end == "told")
        assert (held == []) >= (end == "nothing")
        if end == "equal":
            assert held == rows
    mend(faulty)
    _read(reader, faulty).raise_for_failures()
    record_property("fault_counts", counted({"dossier": reader.tables()["dossier"]}, {"dossier": rows}))
    assert reader.tables()["dossier"] == rows


def test_a_file_that_grows_waits_for_the_next_run(
    reader: Reader, tmp_path: Path, record_property: Any
) -> None:
    record_property("fault_cell", ("file that grows", FILES, "once", "waits"))
    file, stop = tmp_path / "dossiers.ndjson", threading.Event()
    file.write_bytes(WHOLE[:3000])

    def write_on() -> None:
        with file.open("ab", buffering=0) as out:
            for at in range(3000, len(WHOLE) - 1, 2):
                out.write(WHOLE[at : at + 1])
                out.write(WHOLE[at + 1 : at + 2])
                if stop.wait(0.02):
                    out.write(WHOLE[at + 2 :])
                    return

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        growing = _read(reader, tmp_path, settle_seconds=0.5)
    finally:
        stop.set()
        writer.join()
    growing.raise_for_failures()
    assert reader.tables()["dossier"] == []
    assert growing.unparseable == 0
    assert any("dossiers.ndjson is still being written" in note for note in growing.notes)
    assert file.read_bytes() == WHOLE
    _read(reader, tmp_path, settle_seconds=0.2).raise_for_failures()
    held = reader.tables()["dossier"]
    assert (len(held), len(set(held))) == (len(LINES), len(LINES))


def _book(folder: Path) -> Path:
    book = folder / "bieu-06a-quy-3.xlsx"
    rows = [[n, name, None, 10 * n, 5, 1, 10, 5, 4, 1, 3, 2, 1] for n, name in enumerate(UNITS.values())]
    form_06a(rows[1:]).save(book)
    return book


def _damaged(body: bytes) -> bytes:
    """The same workbook with a byte changed in the middle of its largest part."""
    at = len(body) // 2
    return body[:at] + bytes([body[at] ^ 0xFF]) + body[at + 1 :]


WORKBOOKS: dict[str, Callable[[bytes], bytes]] = {
    "workbook cut off": lambda body: body[: len(body) // 2],
    "workbook damaged": _damaged,
    "HTML called xlsx": lambda body: b"<html><body><table><tr><td>STT</td></tr></table></body></html>",
    "empty workbook file": lambda body: b"",
}


@pytest.mark.parametrize("name", _cases(WORKBOOKS))
def test_workbook_fault(name: str, reader: Reader, tmp_path: Path, record_property: Any) -> None:
    record_property("fault_cell", (name, FILES, "once", "failed"))
    units = [{"code": code, "name": unit} for code, unit in UNITS.items()]
    (tmp_path / "units.ndjson").write_text("\n".join(map(json.dumps, units)) + "\n")
    book = _book(tmp_path)
    whole = book.read_bytes()
    _read(reader, tmp_path).raise_for_failures()
    rows = reader.tables()
    assert len(rows["national_report_total"]) == 2
    reader.empty()

    book.write_bytes(WORKBOOKS[name](whole))
    summary = _read(reader, tmp_path)
    assert [failure.entity for failure in summary.failed] == ["national_report_total"]
    assert f"file {book.name}" in summary.failures[0]
    assert reader.tables()["national_report_total"] == []
    assert reader.tables()["org_unit"] == rows["org_unit"]  # it holds up no other
    book.write_bytes(whole)
    _read(reader, tmp_path).raise_for_failures()
    record_property("fault_counts", counted(reader.tables(), rows))
    assert reader.tables() == rows


def test_a_folder_that_is_gone_is_named(reader: Reader, tmp_path: Path, record_property: Any) -> None:
    record_property("fault_cell", ("folder gone", FILES, "once", "failed"))
    folder = tmp_path / "share"
    folder.mkdir()
    (folder / "dossiers.ndjson").write_bytes(WHOLE)
    folder.rename(tmp_path / "elsewhere")
    summary = _read(reader, folder)
    assert {failure.kind for failure in summary.failed} <= {"unreachable", "not_asked"}
    assert "there is no such folder; set connection decision766_inbox" in summary.failures[0]
    (tmp_path / "elsewhere").rename(folder)
    _read(reader, folder).raise_for_failures()
    assert len(set(reader.tables()["dossier"])) == len(LINES)
