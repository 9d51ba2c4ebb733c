"""Files in a folder: complete, known again, and honest about what is no record."""

import gzip
import json
from pathlib import Path

import pytest
from source_double import PRESENT

from decision766.settings import get_settings
from decision766.sources import Connection, FileDropSource, SourceAnswer, SourceError, find_source
from decision766.sources.file_drop import FileDropAdapter

ENTITIES = {
    "units": "org_unit",
    "procedures": "procedure",
    "authorities": "unit_procedure_authority",
    "services": "service",
    "procedure_parts": "procedure_part",
    "decisions": "decision",
    "dossiers": "dossier",
    "events": "dossier_event",
    "sync_receipts": "sync_receipt",
    "national_totals": "national_report_total",
    "portal_totals": "portal_total",
    "petitions": "petition",
    "ratings": "rating",
    "certified_copies": "certified_copy",
    "stated_measures": "stated_measure",
}


def _adapter(folder: Path, **changes: object) -> FileDropAdapter:
    source = find_source(get_settings().sources_folder, "inbox")
    assert isinstance(source, FileDropSource)
    return FileDropAdapter(
        source.model_copy(update={"settle_seconds": 0, **changes}), Connection(str(folder))
    )


def _read(adapter: FileDropAdapter, entity: str = "dossier", cursor: str | None = None) -> list[SourceAnswer]:
    answers = adapter.fetch(entity, cursor=cursor, observed_at=PRESENT)
    return [answer.decoded() for answer in answers]


def _codes(answers: list[SourceAnswer], entity: str = "dossier") -> list[int]:
    return [record["n"] for answer in answers for record in answer.records[entity]]


def _lines(count: int, start: int = 0) -> bytes:
    return b"".join(
        json.dumps({"n": n, "name": "Nguyễn"}).encode() + b"\n" for n in range(start, start + count)
    )


def test_the_name_says_the_entity(tmp_path: Path) -> None:
    for number, stem in enumerate(ENTITIES):
        (tmp_path / f"{stem}.ndjson").write_bytes(_lines(1, number))
        (tmp_path / f"{stem}-2026-08.JSONL").write_bytes(_lines(1, 100 + number))
        (tmp_path / f"{stem}_more.jsonl.gz").write_bytes(gzip.compress(_lines(1, 200 + number)))
    adapter = _adapter(tmp_path)
    assert adapter.entities() == list(ENTITIES.values())
    for number, entity in enumerate(ENTITIES.values()):
        assert sorted(_codes(_read(adapter, entity), entity)) == [number, 100 + number, 200 + number]
    assert adapter.unknown_files() == []


def test_unknown_files_are_reported_and_nothing_is_touched(tmp_path: Path) -> None:
    for name in ("hoso.ndjson", "dossiers.xls", "README.md", ".hidden.ndjson", "dossiers.ndjson"):
        (tmp_path / name).write_bytes(b"{}\n")
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in tmp_path.iterdir()}
    adapter = _adapter(tmp_path)
    _read(adapter)
    assert adapter.unknown_files() == ["README.md", "dossiers.xls", "hoso.ndjson"]
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in tmp_path.iterdir()} == before


def test_a_file_is_known_by_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "dossiers-1.ndjson").write_bytes(_lines(3))
    (tmp_path / "dossiers-2.ndjson").write_bytes(_lines(3))
    adapter = _adapter(tmp_path)
    assert _codes(_read(adapter)) == [0, 1, 2]
    cursor = adapter.next_cursor("dossier", cursor=None, observed_at=PRESENT)
    assert _read(_adapter(tmp_path), cursor=cursor) == []
    (tmp_path / "dossiers-3.ndjson").write_bytes(_lines(2, 3))
    (tmp_path / "dossiers-1.ndjson").rename(tmp_path / "dossiers-9.ndjson")
    again = _adapter(tmp_path)
    assert _codes(_read(again, cursor=cursor)) == [3, 4]
    assert len(json.loads(again.next_cursor("dossier", cursor=cursor, observed_at=PRESENT))) == 2


def test_an_empty_file_is_a_source_that_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "petitions.ndjson").write_bytes(b"")
    adapter = _adapter(tmp_path)
    (answer,) = _read(adapter, "petition")
    assert answer.records == {"petition": []}
    assert _read(adapter, "rating") == []


def test_a_line_that_is_no_record_is_told_by_place_and_cause(tmp_path: Path) -> None:
    good = json.dumps({"n": 1}).encode()
    body = b"\xef\xbb\xbf" + good + b"\r\n\n{'n': 'secret'}\n[1]\n" + good + b'\n{"n": "sec'
    (tmp_path / "dossiers.ndjson").write_bytes(body)
    (answer,) = _read(_adapter(tmp_path))
    assert _codes([answer]) == [1, 1]
    assert [(bad.byte_offset, bad.byte_length) for bad in answer.unparseable] == [
        (body.index(b"{'n'"), len(b"{'n': 'secret'}\n")),
        (body.index(b"[1]"), 4),
        (body.index(b'{"n": "sec'), len(b'{"n": "sec')),
    ]
    assert [bad.cause for bad in answer.unparseable] == [
        "the line is no JSON",
        "the line is JSON, but no object",
        "the line is no JSON and the file ends in it: half-written?",
    ]


def test_a_last_line_without_newline_counts_if_it_is_whole(tmp_path: Path) -> None:
    (tmp_path / "dossiers.ndjson").write_bytes(_lines(2).rstrip(b"\n"))
    (answer,) = _read(_adapter(tmp_path))
    assert _codes([answer]) == [0, 1]
    assert answer.unparseable == ()


def test_a_large_file_comes_in_parts_and_whole(tmp_path: Path) -> None:
    body = _lines(1000)
    (tmp_path / "dossiers.ndjson").write_bytes(body)
    answers = _read(_adapter(tmp_path, part_bytes=1024))
    assert len(answers) > 10
    assert _codes(answers) == list(range(1000))
    assert b"".join(answer.body for answer in answers) == body
    assert [answer.call["part"] for answer in answers] == list(range(1, len(answers) + 1))
    for answer in answers:
        assert body[answer.call["offset"] :].startswith(answer.body)


def test_damage_is_named_by_file_and_leaves_the_file_unread(tmp_path: Path) -> None:
    (tmp_path / "dossiers.ndjson.gz").write_bytes(gzip.compress(_lines(5000))[:-20])
    adapter = _adapter(tmp_path)
    with pytest.raises(SourceError, match=r"dossiers\.ndjson\.gz cannot be read") as raised:
        _read(adapter)
    assert raised.value.kind == "unreadable"
    assert adapter.next_cursor("dossier", cursor=None, observed_at=PRESENT) == "[]"
    with pytest.raises(SourceError, match="set connection decision766_inbox"):
        _read(_adapter(tmp_path / "none"))
