"""Files that were cut, spoilt or sent twice: equal to a clean run, or a clear failure that heals."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from faulty_sources import PRESENT, Reader, quick

from decision766.pipeline.ingest import IngestSummary, ingest_source
from decision766.sources import Connection

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


def _gzip(folder: Path, body: bytes) -> None:
    (folder / "dossiers.ndjson.gz").write_bytes(body)


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
    "last part of one row": (
        lambda folder: (folder / "dossiers.ndjson").write_bytes(WHOLE + b"\n" * 4000),
        lambda folder: None,
        "equal",
    ),
}


def _read(reader: Reader, folder: Path) -> IngestSummary:
    return ingest_source(
        reader.engine,
        quick_inbox(),
        Connection(str(folder)),
        run_id="test",
        observed_at=PRESENT,
        settings=reader.settings,
    )


def quick_inbox() -> Any:
    return quick("inbox", entities=[{"entity": "dossier", "files": "dossiers*"}], part_bytes=1024)


@pytest.mark.parametrize("name", FAULTS)
def test_file_fault(name: str, reader: Reader, tmp_path: Path, record_property: Any) -> None:
    spoil, mend, end = FAULTS[name]
    record_property("fault_cell", (name, "file_drop", "once", end))
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
        if end == "equal":
            assert held == rows
    mend(faulty)
    _read(reader, faulty).raise_for_failures()
    assert reader.tables()["dossier"] == rows
