"""A source that must not be asked now: nothing is called, the outcome says until when, nothing is lost."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text

from decision766.audit import open_circuit
from decision766.pipeline import ingest as ingest_module
from decision766.pipeline.ingest import IngestSummary, ingest_source
from decision766.pipeline.patience import only_reader
from decision766.pipeline.unasked import record_unasked, source_of
from decision766.platform.postgres import free_port
from decision766.settings import Settings, get_settings
from decision766.simulator.world import LOCAL, World
from decision766.sources import Connection, SourceConfig, find_source
from stand_in_server import connection_to, serving

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]
NIGHT = {"from": "22:00", "to": "05:00"}


@pytest.fixture(scope="module")
def world() -> World:
    return World.build(dossiers=300)


@pytest.fixture(scope="module")
def base_url(world: World) -> Iterator[str]:
    with serving(world) as url:
        yield url


def _source(source_id: str = "province_h12", **changes: Any) -> SourceConfig:
    config = find_source(get_settings().sources_folder, source_id)
    return type(config).model_validate({**config.model_dump(by_alias=True), **changes})


def _ingest(
    engine: Engine, settings: Settings, world: World, config: SourceConfig, connection: Connection
) -> IngestSummary:
    present = world.present.replace(tzinfo=LOCAL)
    return ingest_source(engine, config, connection, run_id="run", observed_at=present, settings=settings)


def _rows(engine: Engine, query: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(query)))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A wall clock that a test sets; `after` counts down to the moment at which it jumps to `then`."""
    state: dict[str, Any] = {"now": dt.datetime(2026, 9, 28, 12, tzinfo=LOCAL), "after": None, "then": None}
    monkeypatch.setattr(ingest_module, "stop_in_quiet_hours", _counting(state))
    return state


def _counting(state: dict[str, Any]) -> Any:
    from decision766.pipeline.patience import stop_in_quiet_hours

    def stop(config: SourceConfig, _now: dt.datetime) -> None:
        if state["after"] is not None:
            state["after"] -= 1
            if state["after"] <= 0:
                state["now"], state["after"] = state["then"], None
        stop_in_quiet_hours(config, state["now"])

    return stop


def test_in_its_quiet_hours_a_source_is_not_asked(
    warehouse: Engine, settings: Settings, world: World, clock: dict[str, Any]
) -> None:
    clock["now"] = dt.datetime(2026, 9, 28, 23, tzinfo=LOCAL)
    nobody = Connection(f"http://127.0.0.1:{free_port()}")  # who called would see «connection refused»
    summary = _ingest(warehouse, settings, world, _source(quiet_hours=NIGHT), nobody)
    end = dt.datetime(2026, 9, 29, 5, tzinfo=LOCAL)
    assert (summary.failed, summary.failures, summary.answers) == ([], [], 0)
    assert len(summary.postponed) == 14
    assert summary.waits_until == end
    summary.raise_for_failures()
    rows = _rows(
        warehouse, "select distinct status, postponed_until, error_kind, batch_id from audit.outcome"
    )
    assert [tuple(row) for row in rows] == [("postponed", end, "postponed", None)]
    assert "05:00" in _rows(warehouse, "select error_message from audit.outcome")[0][0]


def test_a_reading_stops_when_they_begin_and_goes_on_where_it_stopped(
    warehouse: Engine, settings: Settings, world: World, base_url: str, clock: dict[str, Any]
) -> None:
    config = _source(
        quiet_hours=NIGHT,
        entities=[
            {"entity": "org_unit", "service": "LayDanhMucDonVi"},
            {"entity": "dossier", "service": "DongBoHoSoMC", "window": {"overlap_hours": 0}},
            {"entity": "rating", "service": "DongBoDanhGia", "window": {"overlap_hours": 0}},
        ],
    )
    connection = connection_to(base_url, config)
    clock.update(after=9, then=dt.datetime(2026, 9, 28, 22, tzinfo=LOCAL))
    first = _ingest(warehouse, settings, world, config, connection)
    assert [item.entity for item in first.postponed] == ["dossier", "rating"]
    (reached,) = _rows(warehouse, "select cursor from audit.cursor where entity = 'dossier'")
    came = _rows(warehouse, "select count(*) from raw.dossier")[0][0]
    assert 0 < came < len(list(world.all_dossiers("H12")))
    assert reached[0] < "2026-09"
    assert _rows(warehouse, "select count(*) from raw.rating")[0][0] == 0
    clock["now"] = dt.datetime(2026, 9, 29, 5, tzinfo=LOCAL)
    second = _ingest(warehouse, settings, world, config, connection)
    assert (second.postponed, second.failed) == ([], [])
    codes = {row[0] for row in _rows(warehouse, "select dossier_code from raw.dossier")}
    assert codes == {item.code for item in world.all_dossiers("H12")}


def test_two_readers_of_one_source_do_not_read_at_once(
    warehouse: Engine, settings: Settings, world: World, base_url: str
) -> None:
    config = _source(entities=[{"entity": "org_unit", "service": "LayDanhMucDonVi"}])
    connection = connection_to(base_url, config)
    with only_reader(warehouse, config.id):
        summary = _ingest(warehouse, settings, world, config, connection)
        other = _source("province_h17", entities=[{"entity": "org_unit", "service": "LayDanhMucDonVi"}])
        assert _ingest(warehouse, settings, world, other, connection_to(base_url, other)).rows_new > 0
    assert "another reader" in summary.postponed[0].cause
    assert summary.waits_until is not None
    assert _ingest(warehouse, settings, world, config, connection).rows_new > 0


def test_a_cool_down_says_when_it_ends(warehouse: Engine, settings: Settings, world: World) -> None:
    from decision766.audit import upsert_source

    config = _source("portal_h12")
    upsert_source(warehouse, source_of(config))
    now = dt.datetime.now(dt.UTC)
    hours = dt.timedelta(hours=6)
    open_circuit(
        warehouse, config.connection, source_id=config.id, cause="status 403", cool_down=hours, now=now
    )
    summary = _ingest(warehouse, settings, world, config, Connection("http://127.0.0.1:1"))
    assert [item.kind for item in summary.failed] == ["refused"]
    assert summary.waits_until == now + hours
    rows = _rows(warehouse, "select distinct status, postponed_until from audit.outcome")
    assert [tuple(row) for row in rows] == [("failed", now + hours)]


def test_an_attempt_without_a_connection_leaves_an_outcome_too(warehouse: Engine) -> None:
    record_unasked(warehouse, _source("portal_h12"), run_id="run", kind="connection", cause="is not set")
    rows = _rows(warehouse, "select entity, status, error_kind from audit.outcome order by entity")
    assert [tuple(row) for row in rows] == [
        ("published_group", "failed", "connection"),
        ("published_metric", "failed", "connection"),
    ]
