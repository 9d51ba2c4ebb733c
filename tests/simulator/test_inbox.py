"""The files of the stand-in inbox: the same bytes again, and read back as what the world holds."""

from pathlib import Path

import pytest

from decision766.settings import get_settings
from decision766.simulator.inbox import PROVINCE, fill_inbox
from decision766.simulator.world import LOCAL, World
from decision766.sources import Connection, FileDropSource, SourceAnswer, find_source
from decision766.sources.file_drop import FileDropAdapter


@pytest.fixture(scope="module")
def small() -> World:
    return World.build(dossiers=600)


@pytest.fixture(scope="module")
def folder(small: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("inbox")
    fill_inbox(found, small)
    return found


def _read(folder: Path, small: World, entity: str) -> tuple[list[SourceAnswer], list[str]]:
    source = find_source(get_settings().sources_folder, "inbox_h17")
    assert isinstance(source, FileDropSource)
    adapter = FileDropAdapter(source.model_copy(update={"settle_seconds": 0}), Connection(str(folder)))
    present = small.present.replace(tzinfo=LOCAL)
    answers = list(adapter.fetch(entity, cursor=None, observed_at=present))
    return answers, adapter.notes()


def test_every_kind_of_file_is_there(folder: Path) -> None:
    names = sorted(path.name for path in folder.iterdir())
    for wanted in ("units.csv", "dossiers-2026-07.ndjson.gz", "dossiers-2026-08.csv", "II.07a-2026-08.xlsx"):
        assert wanted in names
    assert len([name for name in names if name.startswith("II.06a")]) >= 3


def test_the_same_world_touches_no_file(folder: Path, small: World) -> None:
    before = {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}
    fill_inbox(folder, small)
    assert {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()} == before


def test_the_forms_state_what_the_national_report_states(folder: Path, small: World) -> None:
    answers, notes = _read(folder, small, "national_report_total")
    read = {
        (row["unit_code"], row["period_start"]): row["received_total"]
        for answer in answers
        for row in answer.records["national_report_total"]
    }
    stated = {
        (row.unit_code, row.period_start.isoformat()): row.received_total
        for row in small.national_totals
        if row.period_grain == "month" and row.unit_code.startswith(PROVINCE)
    }
    closed = {month for _, month in read}
    assert read == {key: total for key, total in stated.items() if key[1] in closed}
    assert len(closed) >= 3
    assert not [bad for answer in answers for bad in answer.unparseable]
    assert not [
        row for answer in answers for row in answer.records["national_report_total"] if "sum_differs" in row
    ]
    assert any("overdue" in note for note in notes)


def test_the_dossiers_are_the_provinces_own(folder: Path, small: World) -> None:
    answers, _ = _read(folder, small, "dossier")
    answers = [answer.decoded() for answer in answers]
    codes = {row["MaHoSo"] for answer in answers for row in answer.records["dossier"]}
    assert len(codes) > 20
    assert codes <= {item.code for item in small.all_dossiers(PROVINCE)} | {""}
    assert not [bad for answer in answers for bad in answer.unparseable]
