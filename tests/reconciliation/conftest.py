"""One planted world for the tests of this folder: two stages of a portal, a national catalogue, a form."""

import datetime as dt
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
import uvicorn
from sqlalchemy import Engine
from tests.conftest import settings_for
from tests.end_to_end.main_job import PRESENT, MainJob
from tests.reconciliation import planted_portal as planted
from tests.reconciliation.campaign_mart import CAMPAIGN_DAY, STARTS, add_campaign

from decision766.pipeline.ingest import ingest_source
from decision766.platform.postgres import free_port
from decision766.reporting.periodic import issue_quarterly, issue_weekly
from decision766.reporting.periodic.archive import Issued
from decision766.settings import Settings
from decision766.simulator.periods import Period
from decision766.simulator.server import create_app
from decision766.simulator.world import World
from decision766.sources import Connection, find_source
from decision766.validation import validate_batch
from decision766.warehouse.connect import warehouse_engine

RENAMED, TOGGLED, MISSING_THERE, MISSING_HERE = 3, 5, 7, 9  # places in the national catalogue
AUGUST = dt.date(2026, 8, 1)
ON = dt.date(2026, 9, 29)  # day of issue of the quarterly report
FORM_UNIT, FORM_ERROR = "H12.11", 40


@dataclass
class Planted:
    """The warehouse after both stages."""

    engine: Engine
    settings: Settings
    world: World
    portal: planted.PlantedPortal
    form: dict[str, int]


def _serve(world: World) -> tuple[uvicorn.Server, threading.Thread, str]:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(create_app(world), port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started and time.monotonic() < until:
        time.sleep(0.05)
    return server, thread, f"http://127.0.0.1:{port}"


def _national(world: World) -> World:
    """The world whose catalogue the national database holds: four procedures are not as the province's."""
    procedures = list(world.procedures)
    procedures[RENAMED] = replace(procedures[RENAMED], name=f"{procedures[RENAMED].name} (sửa đổi)")
    procedures[TOGGLED] = replace(procedures[TOGGLED], is_public=not procedures[TOGGLED].is_public)
    procedures[MISSING_HERE] = replace(procedures[MISSING_HERE], code="3.000999", name="Thủ tục mới công bố")
    del procedures[MISSING_THERE]
    return replace(world, procedures=procedures)


@pytest.fixture(scope="package")
def planting(
    database_server: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Planted]:
    """The warehouse, filled and built once for all tests of this folder that run in one process."""
    with settings_for(database_server, template_database, tmp_path_factory.mktemp("home")) as own:
        engine = warehouse_engine(settings=own)
        yield from _plant(own, engine, tmp_path_factory)
        engine.dispose()


def _plant(own: Settings, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    world = World.build(seed=11, dossiers=12_000, first_month="2026-08", months=2, present=PRESENT)
    portal = planted.plant(world)
    folder = own.sources_folder
    records = find_source(folder, "province_h12")
    # Nobody reads petitions and ratings: what needs them has no source.
    records = records.model_copy(
        update={"entities": tuple(e for e in records.entities if e.entity not in ("petition", "rating"))}
    )
    job = MainJob(world, own, engine, "", [records, find_source(folder, "portal_h12")])
    servers = []
    for stage in (1, 2):
        portal.stage = stage
        server, thread, job.url = _serve(world)
        servers.append((server, thread))
        for summary in job.ingest(f"stage {stage}"):
            assert summary.failures == [], summary
    server, thread, job.url = _serve(_national(world))
    servers.append((server, thread))
    inbox = tmp_path_factory.mktemp("inbox")
    form = portal.form_counts(FORM_UNIT, Period("month", AUGUST))
    stated = {**form, "resolved_total": form["resolved_total"] + FORM_ERROR}
    line = {"unit_code": FORM_UNIT, "period_grain": "month", "period_start": AUGUST.isoformat()} | stated
    (inbox / "national_totals.ndjson").write_text(json.dumps(line) + "\n", encoding="utf-8")
    sent = find_source(folder, "inbox").model_copy(update={"covers": ["H12"], "settle_seconds": 0})
    gateway = find_source(folder, "gateway_2025")
    for config, connection in ((sent, Connection(str(inbox))), (gateway, job.connection(gateway))):
        summary = ingest_source(
            job.engine, config, connection, run_id="more", observed_at=PRESENT, settings=job.settings
        )
        assert summary.failures == [], summary
        for batch_id in summary.batch_ids:
            validate_batch(job.engine, batch_id, settings=job.settings)
    assert job.build("planted")
    yield Planted(job.engine, own, world, portal, form)
    for server, thread in servers:
        server.should_exit = True
        thread.join(timeout=10)


@pytest.fixture(scope="module")
def quarterly(planting: Planted) -> Issued:
    return issue_quarterly(planting.engine, "H12", "2026-Q3", issued_on=ON, settings=planting.settings).issued


@pytest.fixture(scope="module")
def weekly(planting: Planted) -> Issued:
    add_campaign(planting.engine)
    return issue_weekly(
        planting.engine,
        "H12",
        campaign=STARTS.isoformat(),
        issued_on=CAMPAIGN_DAY,
        settings=planting.settings,
    ).issued
