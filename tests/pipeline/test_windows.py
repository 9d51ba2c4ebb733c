"""A past window, read by itself: it and nothing else, and the regular reading does not notice."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text

from decision766.pipeline.ingest import IngestSummary, ingest_source
from decision766.settings import Settings, get_settings
from decision766.simulator.replica import fill_replica
from decision766.simulator.world import LOCAL, World
from decision766.sources import Connection, SourceConfig, Window, find_source
from stand_in_server import connection_to, serving

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]
JULY = Window(dt.datetime(2026, 7, 1, tzinfo=LOCAL), dt.datetime(2026, 8, 1, tzinfo=LOCAL))


@pytest.fixture(scope="module")
def world() -> World:
    return World.build(dossiers=600)


@pytest.fixture(scope="module")
def base_url(world: World) -> Iterator[str]:
    with serving(world) as url:
        yield url


def _source(source_id: str) -> SourceConfig:
    return find_source(get_settings().sources_folder, source_id)


def _read(
    engine: Engine,
    settings: Settings,
    world: World,
    source_id: str,
    connection: Connection,
    window: Window | None = None,
) -> IngestSummary:
    summary = ingest_source(
        engine,
        _source(source_id),
        connection,
        run_id="window" if window else "regular",
        observed_at=world.present.replace(tzinfo=LOCAL),
        window=window,
        settings=settings,
    )
    summary.raise_for_failures()
    return summary


def _cursors(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        return dict(connection.execute(text("select entity, cursor from audit.cursor")).tuples().all())


def _codes(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        query = text("select dossier_code from raw.dossier where dossier_code is not null")
        return set(connection.execute(query).scalars())


def _expected(world: World, source_id: str) -> set[str]:
    """Codes of the dossiers that the window holds, by the time that the family asks by."""
    province = _source(source_id).covers[0]
    start, end = (at.replace(tzinfo=None) for at in (JULY.start, JULY.end))
    found = set()
    for dossier in world.all_dossiers(province):
        by = dossier.received_at if source_id == "igate_h12" else dossier.updated_at()
        if start <= by < end:
            found.add(dossier.code)
    return found


@pytest.fixture(params=["province_h12", "igate_h12", "replica_h29"])
def asked(
    request: pytest.FixtureRequest, warehouse: Engine, world: World, base_url: str
) -> tuple[str, Connection]:
    source_id = str(request.param)
    if source_id == "replica_h29":
        fill_replica(warehouse, world)
        return source_id, Connection(warehouse.url.render_as_string(hide_password=False))
    return source_id, connection_to(base_url, _source(source_id))


def test_a_window_is_read_alone_and_leaves_no_cursor(
    warehouse: Engine, settings: Settings, world: World, asked: tuple[str, Connection]
) -> None:
    source_id, connection = asked
    first = _read(warehouse, settings, world, source_id, connection, JULY)
    expected = _expected(world, source_id)
    assert expected
    # The exchange also sends what a dossier looked like at its reception, if that lies in the window.
    assert _codes(warehouse) >= expected
    if source_id != "province_h12":
        assert _codes(warehouse) == expected
    assert _cursors(warehouse) == {}
    with warehouse.connect() as connection_:
        spans = connection_.execute(
            text("select min(window_start), max(window_end), count(*) from audit.outcome")
        ).one()
        catalogues = connection_.execute(text("select count(*) from raw.org_unit")).scalar_one()
    assert (spans[0], spans[1]) == (JULY.start, JULY.end)
    assert catalogues == 0
    assert bool(first.notes) == (source_id != "replica_h29")
    again = _read(warehouse, settings, world, source_id, connection, JULY)
    assert (again.rows_new, again.batch_ids) == (0, [])


def test_before_or_after_the_regular_reading_it_changes_nothing_there(
    warehouse: Engine, settings: Settings, world: World, asked: tuple[str, Connection]
) -> None:
    source_id, connection = asked
    _read(warehouse, settings, world, source_id, connection, JULY)
    regular = _read(warehouse, settings, world, source_id, connection)
    province = _source(source_id).covers[0]
    assert _codes(warehouse) == {item.code for item in world.all_dossiers(province)}
    assert regular.rows_new > 0
    cursors = _cursors(warehouse)
    later = _read(warehouse, settings, world, source_id, connection, JULY)
    assert (later.rows_new, later.batch_ids) == (0, [])
    assert _cursors(warehouse) == cursors


def test_of_published_scores_the_periods_that_a_day_touches_are_read(
    warehouse: Engine, settings: Settings, world: World, base_url: str
) -> None:
    day = Window(JULY.start, JULY.start + dt.timedelta(days=1))
    config = _source("portal_h12")
    _read(warehouse, settings, world, "portal_h12", connection_to(base_url, config), day)
    query = text("select distinct period_grain, period_start::text from raw.published_group order by 1")
    with warehouse.connect() as connection:
        found: list[Any] = [tuple(row) for row in connection.execute(query)]
    assert found == [("month", "2026-07-01"), ("quarter", "2026-07-01"), ("year", "2026-01-01")]


def test_files_have_no_windows(
    warehouse: Engine, settings: Settings, world: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("inbox")
    (folder / "dossiers.ndjson").write_text('{"MaHoSo": "H17.01-260701-00001"}\n')
    summary = _read(warehouse, settings, world, "inbox_h17", Connection(str(folder)), JULY)
    assert (summary.rows_received, summary.entities) == (0, [])
    assert "dossier" in summary.notes[0]
