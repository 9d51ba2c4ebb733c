"""Every family end to end into raw: all of it arrives, nobody's data does, a second run changes nothing."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from decision766.pipeline.ingest import IngestSummary, ingest_source
from decision766.settings import Settings, get_settings
from decision766.simulator.replica import fill_replica
from decision766.simulator.world import LOCAL, World
from decision766.sources import Connection, SourceConfig, find_source
from decision766.validation import validate_batch
from stand_in_server import connection_to, serving

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]


@pytest.fixture(scope="module")
def world() -> World:
    return World.build(dossiers=600)


@pytest.fixture(scope="module")
def base_url(world: World) -> Iterator[str]:
    with serving(world) as url:
        yield url


def _ingest(
    engine: Engine, settings: Settings, world: World, config: SourceConfig, connection: Connection, run: str
) -> IngestSummary:
    present = world.present.replace(tzinfo=LOCAL)
    summary = ingest_source(engine, config, connection, run_id=run, observed_at=present, settings=settings)
    summary.raise_for_failures()
    return summary


def _codes(engine: Engine, source_id: str) -> list[str]:
    query = text("select dossier_code from raw.dossier where source_id = :source order by 1")
    with engine.connect() as connection:
        return list(connection.execute(query, {"source": source_id}).scalars())


def _people(world: World, province: str) -> set[str]:
    """What must be found nowhere: names, numbers and addresses of the province's applicants."""
    people = [dossier.person for dossier in world.all_dossiers(province)]
    return {
        value for person in people for value in (person.name, person.id_number, person.phone, person.email)
    }


def assert_nobody_is_in(engine: Engine, world: World, province: str, tables: list[str]) -> None:
    with engine.connect() as connection:
        for table in tables:
            stored = "\n".join(connection.execute(text(f"select r::text from {table} as r")).scalars())
            assert stored
            assert not {value for value in _people(world, province) if value in stored}


def test_igate(warehouse: Engine, settings: Settings, world: World, base_url: str) -> None:
    config = find_source(get_settings().sources_folder, "igate_h12")
    connection = connection_to(base_url, config)
    first = _ingest(warehouse, settings, world, config, connection, "run-1")
    assert first.rejected == 0
    assert _codes(warehouse, "igate_h12") == sorted(item.code for item in world.all_dossiers("H12"))
    second = _ingest(warehouse, settings, world, config, connection, "run-2")
    assert (second.rows_new, second.batch_ids) == (0, [])
    assert_nobody_is_in(warehouse, world, "H12", ["raw.dossier", "audit.landed_object", "audit.outcome"])


def test_gateway(warehouse: Engine, settings: Settings, world: World, base_url: str) -> None:
    config = find_source(get_settings().sources_folder, "gateway_2025")
    connection = connection_to(base_url, config)
    first = _ingest(warehouse, settings, world, config, connection, "run-1")
    assert {item.entity: item.rows_new for item in first.entities} == {
        "procedure": len(world.procedures),
        "published_group": 68 * 7,
    }
    query = text(
        "select unit_code, score from raw.published_group where display_group = 'TOTAL' and "
        "period_grain = 'year' order by score desc"
    )
    with warehouse.connect() as opened:
        rows = [(code, str(score)) for code, score in opened.execute(query)]
    assert (len(rows), rows[0]) == (34, ("H05", "91.7"))
    for batch_id in first.batch_ids:
        assert validate_batch(warehouse, batch_id, settings=settings).status == "accepted"
    second = _ingest(warehouse, settings, world, config, connection, "run-2")
    assert (second.rows_new, second.batch_ids) == (0, [])


def test_database(warehouse: Engine, settings: Settings, world: World) -> None:
    """The replica's tables stand beside the warehouse's own, in the same scratch database."""
    fill_replica(warehouse, world)
    config = find_source(get_settings().sources_folder, "replica_h29")
    connection = Connection(warehouse.url.render_as_string(hide_password=False))
    first = _ingest(warehouse, settings, world, config, connection, "run-1")
    assert first.rejected == 0
    assert _codes(warehouse, "replica_h29") == sorted(item.code for item in world.all_dossiers("H29"))
    second = _ingest(warehouse, settings, world, config, connection, "run-2")
    assert (second.rows_new, second.batch_ids) == (0, [])
    assert_nobody_is_in(warehouse, world, "H29", ["raw.dossier", "audit.landed_object", "audit.outcome"])
