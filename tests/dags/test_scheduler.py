"""A real Airflow, from `up` to `down`: scheduled ingestion, a build woken by its asset, marts filled."""

import subprocess
import sys
import time

import pytest
import requests
from sqlalchemy import Engine, text

from decision766.platform.airflow import AirflowApi, airflow_ports
from decision766.warehouse.connect import warehouse_engine
from own_services import command, left_running, listening, own_settings

pytestmark = [pytest.mark.slow, pytest.mark.airflow, pytest.mark.timeout(900)]

INGESTING = ("ingest_national_portal", "ingest_provincial_systems")
BUILD = "build_indicator_marts"
REPLAY = "replay_quarantine"
SECONDS = 600


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return own_settings(tmp_path_factory.mktemp("up") / "home")


@pytest.fixture(scope="module")
def running(settings):
    """Airflow, PostgreSQL and a small world, started by `up`, and whatever happens, stopped by `down`."""
    try:
        started = command(settings, "up", "--dossiers", "600")
        assert started.returncode == 0, started.stderr
        yield started
    finally:
        command(settings, "down", "--delete-data")


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


def test_a_replay_lets_rows_in_and_wakes_the_build(settings, running):
    """A row held by a rule that is no more: the DAG lets it in, and the build follows by itself."""
    api, engine = AirflowApi(settings), warehouse_engine(settings=settings)
    with engine.begin() as connection:
        held = connection.execute(
            text("""
                insert into audit.quarantine (entity, raw_id, batch_id, source_id, rule_id, rule_version,
                    field, reason_vi, reason_en, object_sha256, source_line)
                select 'dossier', raw_id, batch_id, source_id, 'dossier.status.of_old', 1,
                    'status', 'Cũ', 'Old', object_sha256, source_line
                from raw.dossier where status = 10 and dossier_code is not null limit 1
                returning quarantine_id
            """)
        ).scalar_one()
    run_id = api.trigger(REPLAY, {"ids": [held], "by": "Trần An"})
    _wait(api, REPLAY, lambda run: run["dag_run_id"] == run_id and run["state"] in ("success", "failed"))
    tasks = {task["task_id"]: task["state"] for task in api.task_instances(REPLAY, run_id)}
    assert tasks == {"replay": "success", "announce": "success"}
    _wait(api, BUILD, lambda run: run["state"] == "success" and _drained(engine))
    with engine.connect() as connection:
        states = connection.execute(
            text("select state, made_by, reason from audit.quarantine_event where quarantine_id = :id"),
            {"id": held},
        ).all()
        effect = connection.execute(text("select count(*) from audit.quarantine_effect")).scalar_one()
    engine.dispose()
    assert [tuple(row) for row in states] == [
        ("open", None, None),
        ("replayed", "Trần An", "rule_withdrawn"),
    ]
    assert effect > 0


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


def test_the_pages_stand_behind_airflows_login(settings, running):
    api, root = AirflowApi(settings), f"http://127.0.0.1:{settings.airflow_port}"
    for path in (
        "/decision766/",
        "/decision766/vi/pipeline",
        "/decision766/vi/unit/H12/2026-08/table/groups.csv",
    ):
        stranger = requests.get(root + path, allow_redirects=False, timeout=60)
        assert stranger.status_code == 307
        assert stranger.headers["location"].startswith("/api/v2/auth/login?next=http%3A%2F%2F127.0.0.1")
        forged = requests.get(root + path, headers={"Authorization": "Bearer forged"}, timeout=60)
        assert forged.status_code == 403
    token = {"Authorization": api._session.headers["Authorization"]}
    page = requests.get(f"{root}/decision766/vi/pipeline", headers=token, timeout=60)
    assert page.status_code == 200
    assert "province_h12" in page.text
    assert 'href="/decision766/static/site.css"' in page.text
    plugins = requests.get(f"{root}/api/v2/plugins", headers=token, timeout=60).json()["plugins"]
    (ours,) = [plugin for plugin in plugins if plugin["name"] == "decision766_scoreboard"]
    assert {view["destination"] for view in ours["external_views"]} == {"nav", "dag"}


def test_up_prints_where_to_go_and_is_not_started_twice(settings, running):
    assert f"http://127.0.0.1:{settings.airflow_port}" in running.stdout
    assert "password" in running.stdout
    again = command(settings, "up")
    assert again.returncode == 0, again.stderr
    assert "was running already" in again.stderr


def test_down_ends_all_of_it_and_nothing_else(settings, running):
    assert left_running(settings)
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        assert command(settings, "down").returncode == 0
        assert left_running(settings) == []
        assert all(not listening(port) for port in airflow_ports(settings))
        assert stranger.poll() is None
        assert "Nothing of this project was running" in command(settings, "down").stderr
    finally:
        stranger.kill()
        stranger.wait()
