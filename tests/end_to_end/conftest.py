"""A small synthetic world, served, ingested, validated and built once; each module here has its copy."""

import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn
from sqlalchemy import text
from tests.conftest import settings_for
from tests.end_to_end.main_job import DOSSIERS, FIRST_MONTH, MONTHS, PRESENT, SEED, MainJob

from decision766.platform.postgres import free_port
from decision766.simulator.server import create_app
from decision766.simulator.world import World
from decision766.sources import load_sources
from decision766.warehouse.connect import warehouse_engine


@pytest.fixture(scope="session")
def finished_job(
    database_server: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MainJob]:
    """The main job, run once; its warehouse is copied for each module, never used itself."""
    world = World.build(seed=SEED, dossiers=DOSSIERS, first_month=FIRST_MONTH, months=MONTHS, present=PRESENT)
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(create_app(world), port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.05)
    with settings_for(database_server, template_database, tmp_path_factory.mktemp("job") / "home") as own:
        sources = [config for config in load_sources(own.sources_folder) if config.id != "inbox"]
        job = MainJob(world, own, warehouse_engine(settings=own), f"http://127.0.0.1:{port}", sources)
        for summary in job.ingest("first"):
            assert summary.failures == [], summary
        assert job.build("first")
        job.engine.dispose()
        yield job
    server.should_exit = True
    thread.join(timeout=10)


@pytest.fixture(scope="module")
def main_job(finished_job: MainJob, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MainJob]:
    """The finished main job in a warehouse and a state folder of this module's own."""
    home = tmp_path_factory.mktemp("copy") / "home"
    shutil.copytree(finished_job.settings.home, home)
    # PostgreSQL copies a database that nobody is connected to: pools of the job may still be.
    with finished_job.engine.connect() as connection:
        connection.execute(
            text("""
                select pg_terminate_backend(pid) from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid()
            """)
        )
    finished_job.engine.dispose()
    server = str(finished_job.settings.database_url)
    with settings_for(server, finished_job.settings.warehouse_database, home) as own:
        _name_anew(home / "dbt", finished_job.settings.warehouse_database, own.warehouse_database)
        engine = warehouse_engine(settings=own)
        yield replace(finished_job, settings=own, engine=engine)
        engine.dispose()


def _name_anew(state: Path, old: str, new: str) -> None:
    """Let what dbt wrote about its build speak of the copied database."""
    (state / old).rename(state / new)
    (state / new / "target" / "partial_parse.msgpack").unlink(missing_ok=True)
    for path in (state / new / "target").rglob("*.json"):
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
