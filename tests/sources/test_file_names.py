"""A file's name is shown where no person can be in it; another goes by what finds it again."""

import hashlib
from pathlib import Path

import pytest

from decision766.settings import get_settings
from decision766.sources import FileDropSource, find_source
from decision766.sources.file_names import FileNames


@pytest.fixture
def names(tmp_path: Path) -> FileNames:
    source = find_source(get_settings().sources_folder, "inbox")
    assert isinstance(source, FileDropSource)
    return FileNames(tmp_path, [text for item in source.entities for text in (item.files, *item.forms)])


@pytest.mark.parametrize(
    "name",
    [
        "dossiers.ndjson",
        "dossiers-2026-08.ndjson.gz",
        "dossiers_2026-08-15_0830.JSONL",
        "dossiers-20260815-0123.csv",
        "dossiers-20260815083000.ndjson",
        "national_totals H44.07 2026-Q3.csv",
        "Bieu 06a H44 thang 8 nam 2026 (2).xlsx",
        "procedure_parts.part3.tsv",
        "units-v2-final.csv",
    ],
)
def test_a_name_of_known_parts_is_shown(names: FileNames, tmp_path: Path, name: str) -> None:
    assert names.of(tmp_path / name, "x*", "ab" * 32) == name


@pytest.mark.parametrize(
    "name",
    [
        "dossiers-Nguyễn Văn An.ndjson",
        "dossiers-nguyenvanan.ndjson",
        "dossiers-079185001234.csv",
        "dossiers 0912 345 678.csv",
        "dossiers-0912.345.678.ndjson",
        "dossiers-1985-03-12.csv",
        "dossiers-12031985.csv",
        "dossiers-an@example.invalid.csv",
        "dossiers.Nguyen.Van.An",
        "dossiers-\udcff.csv",
        "dossiers-\u202e.csv",
        "06a Sở Tư pháp.xlsx",
    ],
)
def test_any_other_goes_by_pattern_and_bytes(names: FileNames, tmp_path: Path, name: str) -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    shown = names.of(tmp_path / name, "dossiers*", digest)
    assert shown.startswith("dossiers*")
    assert f"(name not shown, SHA-256 {digest[:12]}…)" in shown
    assert not {"an", "nguyen", "345", "1985", "185001"}.intersection(shown.lower().replace("*", " ").split())
    assert shown.isprintable()


def test_without_its_bytes_a_file_goes_by_its_place(names: FileNames, tmp_path: Path) -> None:
    for name in ("a.txt", "Trần Thị Bình.docx", "z.txt", ".hidden"):
        (tmp_path / name).write_bytes(b"12345")
    shown = names.of(tmp_path / "Trần Thị Bình.docx")
    assert shown == "*.docx (name not shown, no. 1 of 3 in the folder's listing, 5 bytes)"
    assert "gone since" in names.of(tmp_path / "Lê Văn Tám.csv")
