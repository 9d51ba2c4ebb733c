"""A small synthetic world, served over HTTP, ingested, validated and built once for all tests here."""

import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from sqlalchemy import Engine
from tests.end_to_end.main_job import DOSSIERS, FIRST_MONTH, MONTHS, PRESENT, SEED, MainJob

from decision766.platform.postgres import free_port
from decision766.settings import Settings
from decision766.simulator.server import create_app
from decision766.simulator.world import World
from decision766.sources import load_sources


@pytest.fixture(scope="module")
def main_job(module_settings: Settings, module_warehouse: Engine) -> Iterator[MainJob]:
    """The main job, run once."""
    world = World.build(seed=SEED, dossiers=DOSSIERS, first_month=FIRST_MONTH, months=MONTHS, present=PRESENT)
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(create_app(world), port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.05)
    sources = [config for config in load_sources(module_settings.sources_folder) if config.id != "inbox"]
    job = MainJob(world, module_settings, module_warehouse, f"http://127.0.0.1:{port}", sources)
    for summary in job.ingest("first"):
        assert summary.failures == [], summary
    assert job.build("first")
    yield job
    server.should_exit = True
    thread.join(timeout=10)
