"""Dossier numbers made anew: one dossier under its newest number, whatever points at an old one."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from decision766.pipeline.build import build_marts, close_evaluation, open_evaluation
from decision766.pipeline.ingest import ingest_source
from decision766.pipeline.prove import validate_source
from decision766.simulator.misbehaviour import Misbehaviour
from decision766.simulator.server import create_app
from decision766.simulator.world import World
from decision766.sources import Connection
from faulty_sources import PRESENT, Reader, Standing, differing, evaluation, marts, quick

pytestmark = [pytest.mark.warehouse, pytest.mark.faults, pytest.mark.slow]


def _build(reader: Reader) -> None:
    found = open_evaluation(reader.engine, evaluated_at=PRESENT, run_id="test")
    assert found is not None
    build_marts(reader.engine, found, settings=reader.settings)
    close_evaluation(reader.engine, found)


def _rows(engine: Engine, query: str) -> list[Any]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_marts_are_those_of_a_system_that_keeps_its_numbers(reader: Reader) -> None:
    world, found = World.build(dossiers=1500), []
    for cases in ((), ("numbers_made_anew",)):
        asked = Reader(Standing(create_app(world, misbehave=cases)), reader.settings, reader.engine)
        for config in (quick("province_h12", first_window_start="2026-04-01"), evaluation()):
            asked.read(config).raise_for_failures()
            validate_source(reader.engine, config.id, settings=reader.settings)
        _build(asked)
        found.append(marts(reader.engine, "former_codes"))
        if not cases:
            reader.empty()
            with reader.engine.begin() as connection:
                connection.execute(text("truncate audit.evaluation, audit.work_ledger cascade"))
    clean, anew = found
    assert len(clean["fct_dossier"]) > 400
    assert differing(anew, clean) == []

    misbehaviour = Misbehaviour(["numbers_made_anew"])
    known = dict(_rows(reader.engine, "select dossier_code, former_codes from marts.fct_dossier"))
    renumbered = {code: list(misbehaviour.former_numbers(code)[::-1]) for code in known}
    renumbered |= {code: [] for code in known.keys() & world.corrupted.keys()}
    assert known == renumbered
    assert {len(codes) for codes in known.values()} == {0, 1, 2}
    pointing = """
        select count(*) from raw.{0}
        where dossier_code in (select unnest(former_codes) from marts.fct_dossier)
    """
    for entity in ("dossier", "dossier_event", "sync_receipt", "rating", "petition"):
        assert _rows(reader.engine, pointing.format(entity))[0][0] > 0, entity


def _dossier(number: str, former: str = "", **changes: str) -> dict[str, str]:
    return {
        "MaHoSo": number,
        "MaHoSoCu": former,
        "MaTTHC": "1.004227",
        "KenhThucHien": "2",
        "NgayTiepNhan": "20260803083000",
        "NgayHenTra": "20260817170000",
        "TrangThaiHoSo": "4",
        **changes,
    }


LATER = {"NgayKetThucXuLy": "20260820100000", "TrangThaiHoSo": "9"}
DOSSIERS = [
    # A → B → C; C comes first, and A claims to be the latest by its dates.
    _dossier("H12.01-260803-00003", "H12.01-260803-00002", KenhThucHien="1"),
    _dossier("H12.01-260803-00001", **LATER),
    _dossier("H12.01-260803-00002", "H12.01-260803-00001"),
    # A later version under the newest number does not repeat the old one.
    _dossier("H12.01-260803-00003", KenhThucHien="1", NgayKetThucXuLy="20260814100000", TrangThaiHoSo="9"),
    # The old number never came; the same number twice says nothing; what is no number is told.
    _dossier("H12.02-260803-00011", "H12-260803-99999"),
    _dossier("H12.02-260803-00012", "H12.02-260803-00012"),
    _dossier("H12.02-260803-00013", "không rõ"),
    # A circle of two, and an old number that leads into it.
    _dossier("H12.03-260803-00021", "H12.03-260803-00022"),
    _dossier("H12.03-260803-00022", "H12.03-260803-00021"),
    _dossier("H12.03-260803-00021", "H12.03-260803-00020", NgayKetThucXuLy="20260814100000"),
    # Two claims to one old number: the latest version's holds.
    _dossier("H12.04-260803-00031"),
    _dossier("H12.04-260803-00032", "H12.04-260803-00031"),
    _dossier("H12.04-260803-00033", "H12.04-260803-00031", **LATER),
]
UNITS = [{"code": "H12", "name": "Tỉnh", "type": "province", "parent_code": None}] + [
    {"code": f"H12.0{n}", "name": f"Sở {n}", "type": "department", "parent_code": "H12"} for n in range(1, 5)
]
EVENTS = [
    {
        "MaHoSo": "H12-260803-99999",
        "ThoiDiemXuLy": "20260812090000",
        "TrangThai": "9",
        "NoiDungXuLy": "Đã xử lý xong",
    }
]
RATINGS = [
    {"MaHoSo": "H12.01-260803-00001", "ThoiGianDanhGia": "20260821090000", "DanhGia": "Không hài lòng"}
]
RECEIPTS = [{"dossier_code": "H12.01-260803-00002", "synced_at": "2026-08-04T08:00:00"}]


@pytest.fixture
def inbox(reader: Reader, tmp_path: Path) -> Reader:
    """The dossiers above in the warehouse, validated."""
    records = {"units": UNITS, "dossiers": DOSSIERS, "events": EVENTS, "ratings": RATINGS}
    for stem, rows in {**records, "sync_receipts": RECEIPTS}.items():
        lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        (tmp_path / f"{stem}.ndjson").write_text(lines + "\n", encoding="utf-8")
    ingest_source(
        reader.engine,
        quick("inbox", settle_seconds=0),
        Connection(str(tmp_path)),
        run_id="test",
        observed_at=PRESENT,
        settings=reader.settings,
    ).raise_for_failures()
    validate_source(reader.engine, "inbox", settings=reader.settings)
    return reader


def test_chains_circles_and_claims(inbox: Reader) -> None:
    held = "select record_key, rule_id from audit.quarantine where entity = 'dossier' order by 1"
    circle = "dossier.former_code.no_circle"
    assert _rows(inbox.engine, held) == [("H12.03-260803-00021", circle), ("H12.03-260803-00022", circle)]
    warned = """
        select rule_id, unexpected_count from audit.rule_result
        where rule_id like '%former_code%' and severity = 'warn' and not success order by 1
    """
    assert _rows(inbox.engine, warned) == [
        ("dossier.former_code.claimed_once", 2),
        ("dossier.former_code.readable", 1),
    ]
    _build(inbox)
    found = "select dossier_code, former_codes, channel, done_at, synced_at from marts.fct_dossier order by 1"
    done, synced = dt.datetime(2026, 8, 14, 3, tzinfo=dt.UTC), dt.datetime(2026, 8, 4, 1, tzinfo=dt.UTC)
    by_event, later = dt.datetime(2026, 8, 12, 2, tzinfo=dt.UTC), dt.datetime(2026, 8, 20, 3, tzinfo=dt.UTC)
    assert _rows(inbox.engine, found) == [
        ("H12.01-260803-00003", ["H12.01-260803-00002", "H12.01-260803-00001"], 1, done, synced),
        ("H12.02-260803-00011", ["H12-260803-99999"], 2, by_event, None),
        ("H12.02-260803-00012", [], 2, None, None),
        ("H12.02-260803-00013", [], 2, None, None),
        ("H12.03-260803-00021", ["H12.03-260803-00020"], 2, done, None),
        ("H12.04-260803-00032", [], 2, None, None),
        ("H12.04-260803-00033", ["H12.04-260803-00031"], 2, later, None),
    ]
    complained = "select dossier_code from intermediate.int_dossier_complaint"
    assert _rows(inbox.engine, complained) == [("H12.01-260803-00003",)]


def test_a_circle_that_someone_lets_through_joins_nothing(inbox: Reader) -> None:
    with inbox.engine.begin() as connection:
        # Our own commands refuse it: a waiver names rows that a later record replaced. A superuser can.
        connection.execute(text("set local session_replication_role = replica"))
        let_in = connection.execute(text("delete from audit.quarantine where entity = 'dossier'")).rowcount
    assert let_in == 2
    _build(inbox)
    found = """
        select dossier_code, former_codes from marts.fct_dossier
        where dossier_code like 'H12.03%' order by 1
    """
    assert _rows(inbox.engine, found) == [(f"H12.03-260803-0002{n}", []) for n in (1, 2)]
