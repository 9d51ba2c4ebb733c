"""`decision766 sources check`: what it says of a good source, of a wrong password, of nobody there."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from decision766.cli.main import app
from decision766.pipeline.check import SourceCheck, check_source
from decision766.settings import Settings, get_settings
from decision766.simulator.replica import fill_replica
from decision766.simulator.world import LOCAL, World
from decision766.sources import Connection, SourceConfig, find_source
from stand_in_server import connection_to, serving


@pytest.fixture(scope="module")
def world() -> World:
    return World.build(dossiers=600)


@pytest.fixture(scope="module")
def base_url(world: World) -> Iterator[str]:
    with serving(world) as url:
        yield url


def _check(world: World, config: SourceConfig, connection: Connection, home: Path) -> SourceCheck:
    present = world.present.replace(tzinfo=LOCAL)
    return check_source(config, connection, observed_at=present, settings=Settings(home=home))


def _source(source_id: str) -> SourceConfig:
    return find_source(get_settings().sources_folder, source_id)


@pytest.mark.parametrize("source_id", ["province_h17", "igate_h12", "gateway_2025", "portal_h12"])
def test_a_good_source_is_shown_without_personal_data(
    world: World, base_url: str, tmp_path: Path, source_id: str
) -> None:
    config = _source(source_id)
    found = _check(world, config, connection_to(base_url, config), tmp_path)
    assert found.is_usable
    assert found.reachable == "yes"
    assert found.authenticated == ("yes" if source_id[:2] in ("pr", "ig") else "unknown")
    assert all(item.problem == "" for item in found.entities)
    text = json.dumps([item.sample for item in found.entities], ensure_ascii=False, default=str)
    people = [dossier.person for dossier in (*world.all_dossiers("H12"), *world.all_dossiers("H17"))]
    assert not [person.name for person in people if person.name in text or person.id_number in text]
    assert any(item.sample for item in found.entities)


def test_a_database_is_checked_too(world: World, tmp_path: Path) -> None:
    import sqlalchemy as sa

    engine = sa.create_engine(f"sqlite:///{tmp_path / 'replica.db'}")
    fill_replica(engine, world)
    found = _check(world, _source("replica_h29"), Connection(str(engine.url)), tmp_path / "home")
    assert found.is_usable
    assert found.entities[0].records["dossier"] > 0


def test_a_wrong_password_is_told_from_nobody_there(world: World, base_url: str, tmp_path: Path) -> None:
    config = _source("province_h12").model_copy(
        update={"retries": _source("province_h12").retries.model_copy(update={"attempts": 1})}
    )
    right = connection_to(base_url, config)
    wrong = _check(world, config, Connection(base_url, right.login, "wrong", right.extra), tmp_path)
    assert (wrong.reachable, wrong.authenticated, len(wrong.entities)) == ("yes", "no", 1)
    assert not wrong.is_usable
    nobody = _check(world, config, Connection("http://127.0.0.1:9", "u", "p", right.extra), tmp_path)
    assert (nobody.reachable, nobody.authenticated, len(nobody.entities)) == ("no", "unknown", 1)


def test_the_command_prints_it_and_fails_when_a_source_does(
    world: World, base_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DECISION766_HOME", str(tmp_path))
    get_settings.cache_clear()
    gateway = {"conn_type": "http", "host": base_url}
    monkeypatch.setenv("AIRFLOW_CONN_DECISION766_GATEWAY", json.dumps(gateway))
    present = f"{world.present.isoformat()}+07:00"
    command = ["sources", "check", "gateway_2025", "--evaluated-at", present]
    good = CliRunner().invoke(app, command)
    assert good.exit_code == 0, good.output
    assert "reachable: có · yes" in good.output
    assert "published_group" in good.output
    monkeypatch.setenv("AIRFLOW_CONN_DECISION766_GATEWAY", '{"conn_type": "http"}')
    bad = CliRunner().invoke(app, command)
    assert bad.exit_code == 1
    assert "gateway_2025" in bad.output
    listed = CliRunner().invoke(app, ["sources", "list"])
    assert "replica_h29" in listed.output
    get_settings.cache_clear()
