"""Ingestion end to end: stand-in and files, through landing, into raw; twice, and with failures."""

import datetime as dt
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from decision766.pipeline.ingest import IngestSummary, ingest_source
from decision766.settings import Settings, get_settings
from decision766.simulator.world import World
from decision766.sources import Connection, EvaluationSource, SourceConfig, SourceError, find_source
from stand_in_server import connection_to, serving

pytestmark = [pytest.mark.warehouse, pytest.mark.slow]
PRESENT = dt.datetime(2026, 9, 28, 8, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


@pytest.fixture(scope="module")
def world() -> World:
    return World.build(dossiers=300)


@pytest.fixture(scope="module")
def base_url(world: World) -> Iterator[str]:
    with serving(world, session_calls=11) as url:
        yield url


def _source(source_id: str) -> SourceConfig:
    return find_source(get_settings().sources_folder, source_id)


def _ingest(
    engine: Engine,
    settings: Settings,
    config: SourceConfig,
    connection: Connection,
    observed_at: dt.datetime = PRESENT,
    run_id: str = "test",
) -> IngestSummary:
    return ingest_source(
        engine, config, connection, run_id=run_id, observed_at=observed_at, settings=settings
    )


def _count(engine: Engine, table: str, condition: str = "true") -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(f"select count(*) from {table} where {condition}")).scalar_one())


def _raw(engine: Engine) -> dict[str, list[Any]]:
    """Every raw row by table, without what a run adds."""
    found = {}
    with engine.connect() as connection:
        tables = connection.execute(
            text("select table_name from information_schema.tables where table_schema = 'raw' order by 1")
        ).scalars()
        for table in tables:
            if table != "calendar_day":
                rows = connection.execute(text(f"select row_hash, batch_id from raw.{table} order by raw_id"))
                found[table] = [tuple(row) for row in rows]
    return found


def test_a_province_arrives_whole_and_only_once(
    warehouse: Engine, settings: Settings, world: World, base_url: str
) -> None:
    config = _source("province_h17")
    first = _ingest(warehouse, settings, config, connection_to(base_url, config))
    first.raise_for_failures()
    assert [item.entity for item in first.entities] == [item.entity for item in config.entities]  # type: ignore[union-attr]
    assert {item.status for item in first.entities} == {"loaded"}
    assert len(first.batch_ids) == 14
    assert _count(warehouse, "raw.org_unit") == len(world.units["H17"])
    assert _count(warehouse, "raw.procedure") == len(world.procedures)
    with warehouse.connect() as connection:
        held = set(connection.execute(text("select dossier_code from raw.dossier")).scalars())
        newest = connection.execute(text("select max(version_at) from raw.dossier")).scalar_one()
        cursors = dict(connection.execute(text("select entity, cursor from audit.cursor")).tuples().all())
    assert {dossier.code for dossier in world.all_dossiers("H17")} - held <= set(world.corrupted)
    assert newest is not None
    assert dt.datetime.fromisoformat(cursors["dossier"]) == PRESENT
    before = _raw(warehouse)

    second = _ingest(warehouse, settings, config, connection_to(base_url, config), run_id="again")
    second.raise_for_failures()
    assert {item.status for item in second.entities} == {"unchanged"}
    assert second.batch_ids == []
    assert second.rows_new == 0
    assert _raw(warehouse) == before
    assert _count(warehouse, "audit.outcome", "run_id = 'again' and status = 'unchanged'") == 14
    assert _count(warehouse, "audit.outcome", "status = 'failed'") == 0


def test_a_crawl_in_two_steps_gives_what_one_gives(
    warehouse: Engine, settings: Settings, base_url: str
) -> None:
    config = _source("province_h12")
    connection = connection_to(base_url, config)
    half = PRESENT - dt.timedelta(days=60)
    early = _ingest(warehouse, settings, config, connection, half)
    late = _ingest(warehouse, settings, config, connection)
    early.raise_for_failures()
    late.raise_for_failures()
    stepwise = {table: {row[0] for row in rows} for table, rows in _raw(warehouse).items()}
    with warehouse.begin() as database:
        for table in stepwise:
            database.execute(text(f"delete from raw.{table}"))
        database.execute(text("delete from audit.cursor"))
    _ingest(warehouse, settings, config, connection).raise_for_failures()
    assert {table: {row[0] for row in rows} for table, rows in _raw(warehouse).items()} == stepwise


def test_published_scores_arrive_as_one_batch_per_table(
    warehouse: Engine, settings: Settings, base_url: str
) -> None:
    config = _source("portal_h44")
    first = _ingest(warehouse, settings, config, connection_to(base_url, config))
    first.raise_for_failures()
    assert [item.entity for item in first.entities] == ["published_metric", "published_group"]
    assert _count(warehouse, "raw.published_group") == 82 + 18 + 45
    with warehouse.connect() as connection:
        row = connection.execute(
            text("""
                select numerator::text, denominator::text, ratio::text, score::text, max_score::text
                from raw.published_metric
                where unit_code = 'H44' and indicator_code = '2.1' and period_grain = 'year'
            """)
        ).one()
        assert tuple(row) == ("528684", "597918", "88.42", "17.68", "20")
    second = _ingest(warehouse, settings, config, connection_to(base_url, config))
    assert [item.status for item in second.entities] == ["unchanged", "unchanged"]


def test_a_period_that_is_not_held_is_a_note(warehouse: Engine, settings: Settings, base_url: str) -> None:
    raw = _source("portal_h12").model_dump(by_alias=True)
    raw["periods"] = [{"grain": "month", "from": "2026-03", "to": "2026-03", "expected": False}]
    config = EvaluationSource.model_validate(raw)
    summary = _ingest(warehouse, settings, config, connection_to(base_url, config))
    summary.raise_for_failures()
    assert len(summary.notes) == 6
    assert (
        summary.notes[0] == "endpoint transparency, unit H12, month 2026-03, page 1: the portal holds no data"
    )
    assert summary.rows_received == 0
    assert _count(warehouse, "audit.landed_object", "call ->> 'no_data' = 'true'") == 12


def test_an_unreachable_source_fails_by_name_and_recovers(
    warehouse: Engine, settings: Settings, base_url: str
) -> None:
    config = _source("portal_h44").model_copy(
        update={"retries": _source("portal_h44").retries.model_copy(update={"backoff_seconds": 0.0})}
    )
    down = _ingest(warehouse, settings, config, Connection("http://127.0.0.1:9"))
    assert down.batch_ids == []
    assert len(down.failures) == 6
    with pytest.raises(SourceError, match=r"source portal_h44, transparency, .*connection refused") as raised:
        down.raise_for_failures()
    assert raised.value.kind == "unreachable"
    stale = "status = 'failed' and entity in ('published_metric', 'published_group')"
    assert _count(warehouse, "audit.outcome", stale) == 12
    _ingest(warehouse, settings, config, connection_to(base_url, config)).raise_for_failures()
    with warehouse.connect() as connection:
        last = connection.execute(
            text("""
                select distinct on (entity) entity, status
                from audit.outcome order by entity, outcome_id desc
            """)
        )
        assert {tuple(row) for row in last} == {("published_metric", "loaded"), ("published_group", "loaded")}


def test_one_failing_entity_holds_up_no_other(warehouse: Engine, settings: Settings, base_url: str) -> None:
    config = _source("province_h12")
    raw = config.model_dump(by_alias=True)
    for item in raw["entities"]:
        if item["entity"] == "petition":
            item["service"] = "KhongCo"
    config = type(config).model_validate(raw)
    summary = _ingest(warehouse, settings, config, connection_to(base_url, config))
    assert [item.entity for item in summary.failed] == ["petition"]
    assert summary.failed[0].kind == "envelope"
    assert len(summary.batch_ids) == 13
    assert _count(warehouse, "audit.cursor", "entity = 'petition'") == 0
    assert _count(warehouse, "raw.rating") > 0


def test_no_value_of_a_record_and_no_secret_in_logs_or_audit(
    warehouse: Engine, settings: Settings, world: World, base_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    config = _source("province_h12")
    connection = connection_to(base_url, config)
    with caplog.at_level(logging.DEBUG):
        _ingest(warehouse, settings, config, connection)
        _ingest(warehouse, settings, config, Connection(base_url, "h12", "wrong-secret", connection.extra))
    with warehouse.connect() as database:
        rows = database.execute(text("select row_to_json(outcome)::text from audit.outcome")).scalars().all()
    told = "\n".join([caplog.text, *rows])
    people = [dossier.person for dossier in world.all_dossiers("H12")]
    for secret in ("standin-h12", "wrong-secret", *(person.id_number for person in people[:50])):
        assert secret not in told
    assert not any(person.name in told for person in people)
    assert "login refused, error code 01" in told


def _inbox(folder: Path) -> tuple[SourceConfig, Connection]:
    return _source("inbox"), Connection(str(folder))


def test_files_are_loaded_once_and_bad_lines_are_reported(
    warehouse: Engine, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    dossier = {"MaHoSo": "H44.07-260815-00012", "MaTTHC": "1.004227", "NgayTiepNhan": "20260815093000"}
    lines = [json.dumps({**dossier, "MaHoSo": f"H44.07-260815-{number:05}"}) for number in range(3)]
    (folder / "dossiers.ndjson").write_text("\n".join([*lines, '{"MaHoSo": "secret']), encoding="utf-8")
    (folder / "petitions.ndjson").write_text("", encoding="utf-8")
    (folder / "notes.txt").write_text("", encoding="utf-8")
    first = _ingest(warehouse, settings, *_inbox(folder))
    first.raise_for_failures()
    assert [(item.entity, item.status, item.rows_new) for item in first.entities] == [
        ("dossier", "loaded", 3),
        ("petition", "loaded", 0),
    ]
    assert (first.unparseable, first.notes) == (1, ["file notes.txt is of no known kind and was left alone"])
    assert _count(warehouse, "audit.unparseable", "entity = 'dossier'") == 1
    assert _count(warehouse, "audit.batch", "covers = '{*}'") == 2

    second = _ingest(warehouse, settings, *_inbox(folder))
    assert [(item.entity, item.status) for item in second.entities] == [
        ("dossier", "unchanged"),
        ("petition", "unchanged"),
    ]
    (folder / "dossiers-more.ndjson").write_text("\n".join([lines[0], lines[0].replace("00000", "00009")]))
    third = _ingest(warehouse, settings, *_inbox(folder))
    assert [(item.entity, item.rows_new) for item in third.entities if item.status == "loaded"] == [
        ("dossier", 1)
    ]
    assert _count(warehouse, "raw.dossier") == 4


def test_a_missing_folder_fails_and_a_missing_file_is_no_source(
    warehouse: Engine, settings: Settings, tmp_path: Path
) -> None:
    summary = _ingest(warehouse, settings, *_inbox(tmp_path / "none"))
    assert len(summary.failures) == 15
    assert _count(warehouse, "audit.batch") == 0
    (tmp_path / "empty").mkdir()
    assert _ingest(warehouse, settings, *_inbox(tmp_path / "empty")).entities == []


def test_the_present_needs_a_time_zone(warehouse: Engine, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="time zone"):
        _ingest(warehouse, settings, *_inbox(tmp_path), observed_at=dt.datetime(2026, 9, 28))  # noqa: DTZ001
