"""A real Airflow on sources of its own: quiet hours without a worker, and Airflow's own backfill.

One province with nothing but catalogues and dossiers, and beside it the same province in quiet hours
that end within two minutes.
"""

import datetime as dt
import subprocess
import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from sqlalchemy import Engine, text

from decision766.platform.airflow import AirflowApi
from decision766.platform.airflow_env import airflow_environment
from decision766.platform.stand_in import all_stand_in_connections
from decision766.settings import PROJECT_ROOT, Settings
from decision766.warehouse.connect import warehouse_engine
from own_services import command, own_settings

pytestmark = [pytest.mark.slow, pytest.mark.airflow, pytest.mark.timeout(1200)]

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
INGEST, REREAD = "ingest_provincial_systems", "reread_provincial_systems"
SECONDS = 420


def _project(folder: Path) -> Path:
    """This project, but for its sources."""
    (folder / "include" / "sources").mkdir(parents=True)
    for entry in PROJECT_ROOT.iterdir():
        if entry.name not in ("include", ".git", ".venv", ".decision766"):
            (folder / entry.name).symlink_to(entry)
    for entry in (PROJECT_ROOT / "include").iterdir():
        if entry.name != "sources":
            (folder / "include" / entry.name).symlink_to(entry)
    return folder


def _write_source(settings: Settings, source_id: str, **changes: object) -> None:
    shipped = yaml.safe_load((PROJECT_ROOT / "include" / "sources" / "province_h12.yaml").read_text())
    entities = [
        item for item in shipped["entities"] if item["entity"] in ("org_unit", "procedure", "dossier")
    ]
    source = {**shipped, "id": source_id, "entities": entities, **changes}
    text_ = yaml.safe_dump(source, allow_unicode=True, sort_keys=False)
    (settings.sources_folder / f"{source_id}.yaml").write_text(text_)


def _quiet_until(minutes: int) -> dict[str, str]:
    """Quiet hours that began an hour ago and end at the full minute after so many minutes."""
    now = dt.datetime.now(LOCAL)
    return {
        "from": f"{now - dt.timedelta(hours=1):%H:%M}",
        "to": f"{now + dt.timedelta(minutes=minutes):%H:%M}",
    }


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    own = own_settings(tmp_path_factory.mktemp("waiting") / "home")
    own = own.model_copy(update={"project_root": _project(tmp_path_factory.mktemp("project"))})
    _write_source(own, "province_h12")
    return own


@pytest.fixture(scope="module")
def running(settings):
    try:
        # One-shot: a source in its quiet hours neither hangs nor fails the run.
        _write_source(settings, "quiet_h12", quiet_hours=_quiet_until(180))
        once = command(settings, "run", "--dossiers", "600", "--period", "2026-08")
        (settings.sources_folder / "quiet_h12.yaml").unlink()
        started = command(settings, "up", "--dossiers", "600")
        assert started.returncode == 0, started.stderr
        yield once
    finally:
        command(settings, "down", "--delete-data")


@pytest.fixture
def engine(settings, running):
    found = warehouse_engine(settings=settings)
    yield found
    found.dispose()


def _rows(engine: Engine, query: str) -> list:
    with engine.connect() as connection:
        return list(connection.execute(text(query)))


def _wait(what, seconds=SECONDS):
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, what
        time.sleep(0.5)
    return found


def _finished(api: AirflowApi, dag_id: str, run_id: str | None = None) -> list[dict]:
    runs = [run for run in api.runs(dag_id) if run_id in (None, run["dag_run_id"])]
    return runs if runs and all(run["state"] in ("success", "failed") for run in runs) else []


def test_a_one_shot_run_postpones_and_says_so(running, engine):
    assert "ingest quiet_h12 skipped" in running.stderr
    assert "summarise success" in running.stderr
    assert "hoãn · postponed" in running.stderr
    assert "quiet hours" in running.stderr
    rows = _rows(
        engine,
        "select distinct status, postponed_until > now() from audit.outcome where source_id = 'quiet_h12'",
    )
    assert [tuple(row) for row in rows] == [("postponed", True)]
    # A postponed reading is no staleness.
    assert _rows(engine, "select 1 from intermediate.int_source_status where is_stale") == []


def test_quiet_hours_are_waited_for_in_the_triggerer(settings, running, engine):
    api = AirflowApi(settings)
    _wait(lambda: _finished(api, INGEST))
    _write_source(settings, "quiet_h12", quiet_hours=_quiet_until(2))
    run_id = api.trigger(INGEST, {"sources": ["quiet_h12"]})

    def deferred():
        tasks = api.task_instances(INGEST, run_id)
        return [task for task in tasks if task["task_id"] == "source.ingest" and task["state"] == "deferred"]

    (task,) = _wait(deferred, 100)
    assert task["trigger"]["classpath"].endswith("DateTimeTrigger")
    assert task["rendered_map_index"] == "quiet_h12"
    pool = api._get("pools/provincial_systems")
    assert (pool["deferred_slots"], pool["running_slots"], pool["occupied_slots"]) == (1, 0, 0)
    _wait(lambda: _finished(api, INGEST, run_id), 240)
    (run,) = _finished(api, INGEST, run_id)
    assert run["state"] == "success"
    statuses = _rows(
        engine,
        f"select status from audit.outcome where run_id = '{run_id}' and entity = 'dossier' "
        "order by outcome_id",
    )
    assert [row[0] for row in statuses] == ["postponed", "loaded"]
    (settings.sources_folder / "quiet_h12.yaml").unlink()


def _create_backfill(environment: dict[str, str], behavior: str) -> None:
    """`airflow backfill create` for five days; a finished backfill counts as running for half a minute."""
    command_ = [
        *("airflow", "backfill", "create", "--dag-id", REREAD, "--max-active-runs", "2"),
        *("--from-date", "2026-08-24T00:00:00+07:00", "--to-date", "2026-08-28T00:00:00+07:00"),
        *("--reprocess-behavior", behavior),
    ]
    for _ in range(12):
        done = subprocess.run(
            command_, env=environment, check=False, capture_output=True, text=True, timeout=120
        )
        if done.returncode == 0:
            return
        assert "AlreadyRunningBackfill" in done.stdout + done.stderr, done.stdout + done.stderr
        time.sleep(5)
    raise AssertionError(done.stdout + done.stderr)


def test_a_backfill_reads_its_days_alone_and_twice_is_once(settings, running, engine):
    api = AirflowApi(settings)
    api.pause(INGEST)  # at the full hour it would read what is lost below before the backfill does
    _wait(lambda: _finished(api, INGEST))
    cursors = _rows(engine, "select source_id, entity, cursor, batch_id from audit.cursor order by 1, 2")
    # The last week of August is lost in raw; the cursor has long passed it.
    with engine.begin() as connection:
        lost = connection.execute(
            text("""
                with gone as (
                    delete from raw.dossier where source_id = 'province_h12'
                        and version_at >= '2026-08-24 00:00+07' and version_at < '2026-08-29 00:00+07'
                    returning dossier_code
                )
                select count(*) from gone
            """)
        ).scalar_one()
    assert lost > 5
    api.unpause(REREAD)
    environment = airflow_environment(settings, connections=all_stand_in_connections(settings))
    for behavior in ("none", "completed"):
        _create_backfill(environment, behavior)

        def backfilled():
            found = [run for run in api.runs(REREAD) if run["run_type"] == "backfill"]
            return len(found) == 5 and all(run["state"] in ("success", "failed") for run in found) and found

        time.sleep(2)
        runs = _wait(backfilled)
        assert {run["state"] for run in runs} == {"success"}
    came = _rows(
        engine,
        """
        select window_start at time zone 'Asia/Ho_Chi_Minh' as day, rows_new
        from audit.outcome where run_id like 'backfill%' and status <> 'postponed' order by outcome_id
        """,
    )
    assert len(came) == 10
    days = [dt.datetime(2026, 8, day) for day in range(24, 29)]  # noqa: DTZ001 (as PostgreSQL gives it)
    assert sorted({row.day for row in came}) == days
    assert sum(row.rows_new for row in came) == lost
    assert {row.rows_new for row in came[5:]} == {0}
    assert (
        _rows(engine, "select source_id, entity, cursor, batch_id from audit.cursor order by 1, 2") == cursors
    )
    held = _rows(engine, "select count(*), count(distinct (source_id, row_hash)) from raw.dossier")
    assert held[0][0] == held[0][1]
