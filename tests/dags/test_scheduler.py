"""A real Airflow, from `up` to `down`: scheduled ingestion, a build woken by its asset, marts filled."""

import os
import subprocess
import sys
import time

import psutil
import pytest
from sqlalchemy import Engine, text

from decision766.platform.airflow import AirflowApi, airflow_ports
from decision766.platform.postgres import EmbeddedPostgres, free_port
from decision766.platform.processes import Supervisor
from decision766.settings import Settings
from decision766.warehouse.connect import warehouse_engine

pytestmark = [pytest.mark.slow, pytest.mark.airflow, pytest.mark.timeout(900)]

INGESTING = ("ingest_national_portal", "ingest_provincial_systems")
BUILD = "build_indicator_marts"
SECONDS = 600


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    port = free_port()
    while not all(_is_free(candidate) for candidate in (port, port + 1, port + 2)):
        port = free_port()
    return Settings(
        home=tmp_path_factory.mktemp("up") / "home",
        database_port=free_port(),
        simulator_port=free_port(),
        airflow_port=port,
    )


def _is_free(port: int) -> bool:
    return port not in {c.laddr.port for c in psutil.net_connections("tcp") if c.laddr}


def _command(settings: Settings, *arguments: str) -> subprocess.CompletedProcess:
    environment = {
        **os.environ,
        **{
            f"DECISION766_{name.upper()}": str(value)
            for name, value in settings.model_dump(exclude_none=True).items()
        },
    }
    return subprocess.run(
        [sys.executable, "-m", "decision766.cli.main", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.fixture(scope="module")
def running(settings):
    """Airflow, PostgreSQL and a small world, started by `up`, and whatever happens, stopped by `down`."""
    try:
        started = _command(settings, "up", "--dossiers", "600")
        assert started.returncode == 0, started.stderr
        yield started
    finally:
        _command(settings, "down", "--delete-data")


def _wait(api: AirflowApi, dag_id: str, condition) -> list[dict]:
    end = time.monotonic() + SECONDS
    while not (found := [run for run in api.runs(dag_id) if condition(run)]):
        runs = [(run["dag_run_id"], run["state"]) for run in api.runs(dag_id)]
        assert time.monotonic() < end, f"{dag_id}: {runs}"
        time.sleep(1)
    return found


def test_the_scheduler_ingests_and_the_asset_wakes_the_build(settings, running):
    api = AirflowApi(settings)
    for dag_id in INGESTING:
        (run,) = _wait(api, dag_id, lambda run: run["state"] in ("success", "failed"))[-1:]
        tasks = api.task_instances(dag_id, run["dag_run_id"])
        assert run["state"] == "success", [(task["task_id"], task["state"]) for task in tasks]
        assert {task["state"] for task in tasks} == {"success"}
        mapped = {task["rendered_map_index"] for task in tasks if task["map_index"] >= 0}
        assert len(mapped) == (4 if dag_id == INGESTING[0] else 3)
    engine = warehouse_engine(settings=settings)
    _wait(api, BUILD, lambda run: run["state"] == "success" and _drained(engine))
    assert {run["run_type"] for run in api.runs(BUILD)} == {"asset_triggered"}
    assert not [run for run in api.runs(BUILD) if run["state"] == "failed"]
    with engine.connect() as connection:
        counts = connection.execute(
            text("""
                select count(distinct indicator_code), count(distinct split_part(unit_code, '.', 1)),
                    count(distinct period_grain)
                from marts.fct_indicator
            """)
        ).one()
        presents = connection.execute(text("select distinct evaluated_at::text from audit.evaluation"))
        # The stand-in's present, not the wall clock.
        assert presents.scalars().all() == ["2026-09-28 08:00:00+07"]
    engine.dispose()
    assert tuple(counts) == (22, 3, 3)


def _drained(engine: Engine) -> bool:
    """Whether every accepted batch is in the marts of a finished build."""
    with engine.connect() as connection:
        waiting = connection.execute(
            text("""
                select count(*) from audit.work_ledger as work
                left join audit.evaluation as evaluation using (evaluation_id)
                where evaluation.status is distinct from 'built'
            """)
        )
        return waiting.scalar_one() == 0


def test_up_prints_where_to_go_and_is_not_started_twice(settings, running):
    assert f"http://127.0.0.1:{settings.airflow_port}" in running.stdout
    assert "password" in running.stdout
    again = _command(settings, "up")
    assert again.returncode == 0, again.stderr
    assert "was running already" in again.stderr


def test_down_ends_all_of_it_and_nothing_else(settings, running):
    supervisor = Supervisor(settings.home)
    sessions = {supervisor.find(name).pid for name in ("airflow", "stand-in-sources")}
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        assert _command(settings, "down").returncode == 0
        assert not [process.pid for process in psutil.process_iter() if _session(process.pid) in sessions]
        assert EmbeddedPostgres(settings.home, settings.database_port).running() is None
        assert all(_is_listening(port) is False for port in airflow_ports(settings))
        assert stranger.poll() is None
        assert "Nothing of this project was running" in _command(settings, "down").stderr
    finally:
        stranger.kill()
        stranger.wait()


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def _is_listening(port: int) -> bool:
    return any(
        connection.laddr and connection.laddr.port == port and connection.status == psutil.CONN_LISTEN
        for connection in psutil.net_connections("tcp")
    )
