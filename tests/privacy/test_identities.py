"""People in whatever the six families send, through real code, to the end: nobody is left anywhere.

`decision766 run` (Airflow's tasks, XCom and logs included) reads planted provinces and the planted portal,
one province answering nothing but errors; the other families follow in this process; then everything that
was written is searched. The inbox goes through `decision766 score` too. A canary shows that the search finds.
"""

import json
import logging
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine, text
from tests.privacy.people import Search, invent
from tests.privacy.places import files, server_log, tables
from tests.privacy.planted_sources import (
    PRESENT,
    break_replica,
    fill_inbox,
    fill_planted_replica,
    planted_stand_in,
    refusing,
)
from tests.privacy.planting import Planter

from decision766.pipeline.build import build_marts, close_evaluation, open_evaluation
from decision766.pipeline.check import check_source
from decision766.pipeline.ingest import IngestSummary, ingest_source
from decision766.pipeline.prove import validate_source
from decision766.platform.airflow_env import airflow_environment
from decision766.platform.postgres import EmbeddedPostgres, free_port
from decision766.settings import Settings, get_settings
from decision766.simulator.world import World
from decision766.sources import Connection, SourceConfig, find_source
from decision766.validation import BatchBlocked
from decision766.warehouse.connect import database_url, libpq_url, server_url, warehouse_engine
from own_services import command, own_settings
from stand_in_server import connection_to

pytestmark = [pytest.mark.slow, pytest.mark.airflow, pytest.mark.warehouse, pytest.mark.timeout(1800)]
PEOPLE = invent(700)
FAMILIES = ("portal_h12", "gateway_2025", "province_h17", "igate_h12", "replica_h29", "inbox")


@dataclass
class Planted:
    """Everything that ran, and what it said."""

    settings: Settings
    engine: Engine
    planter: Planter
    said: list[tuple[str, str]] = field(default_factory=list)
    summaries: dict[str, list[IngestSummary]] = field(default_factory=dict)
    temporary: Path = Path()

    def texts(self) -> Iterator[tuple[str, str]]:
        """(place, text) of all that was left anywhere."""
        yield from tables(self.settings, self.settings.warehouse_database)
        yield from tables(self.settings, self.settings.airflow_database)
        yield from tables(self.settings, "decision766_score")
        yield from files(self.settings.home, without=("secrets", "postgres"))
        yield from files(self.temporary, without=("pytest-inputs",))
        yield "server log", server_log(self.settings)
        yield from self.said


def _airflow_connections(url: str, broken: str) -> dict[str, str]:
    """The provinces and the portal at the planted stand-in, one province at the server that errs."""
    found = {}
    for code in ("h12", "h17", "h29"):
        config = find_source(get_settings().sources_folder, f"province_{code}")
        to = connection_to(broken if code == "h29" else url, config)
        found[f"decision766_{code}"] = {
            "conn_type": "http", "host": to.base_url, "login": to.login, "password": to.password,
            "extra": dict(to.extra),
        }  # fmt: skip
    found["decision766_portal"] = {"conn_type": "http", "host": f"{url}/api/v1/reporting"}
    return {f"AIRFLOW_CONN_{name.upper()}": json.dumps(value) for name, value in found.items()}


def _ingest(run: Planted, config: SourceConfig, connection: Connection) -> IngestSummary:
    quick = config.retries.model_copy(update={"attempts": 1, "max_wait_seconds": 0.1})
    changes = {"retries": quick, "settle_seconds": 0} if config.family == "file_drop" else {"retries": quick}
    summary = ingest_source(
        run.engine,
        config.model_copy(update=changes),
        connection,
        run_id="planted",
        observed_at=PRESENT,
        settings=run.settings,
    )
    run.summaries.setdefault(config.id, []).append(summary)
    run.said.append((f"summary of {config.id}", repr(summary)))
    try:
        validate_source(run.engine, config.id)
    except BatchBlocked as blocked:
        run.said.append((f"blocked batches of {config.id}", str(blocked)))
    try:
        summary.raise_for_failures()
    except Exception as error:
        run.said.append((f"error of {config.id}", f"{error!r} {error.__context__!r} {error.__cause__!r}"))
    return summary


def _in_process(run: Planted, world: World, url: str, broken: str, inputs: Path) -> None:
    """The families that Airflow did not read, and each once more from a server that errs."""
    folder = get_settings().sources_folder
    for source_id in ("portal_h12", "gateway_2025", "igate_h12"):
        config = find_source(folder, source_id)
        _ingest(run, config, connection_to(url, config))
    inbox = fill_inbox(inputs, run.planter)
    _ingest(run, find_source(folder, "inbox"), Connection(str(inbox)))
    _ingest(run, find_source(folder, "inbox"), Connection(str(inbox.with_name(inbox.name + " khác"))))
    replica = find_source(folder, "replica_h29")
    server = EmbeddedPostgres(inputs / "replica", free_port(), durable=False)
    server.start()
    try:
        theirs = server_url(Settings(database_port=server.port)).set(database="postgres")
        engine = sa.create_engine(theirs)
        fill_planted_replica(engine, world, run.planter)
        _ingest(run, replica, Connection(theirs.render_as_string(hide_password=False)))
        break_replica(engine, run.planter)
        engine.dispose()
        failed = _ingest(run, replica, Connection(theirs.render_as_string(hide_password=False)))
        assert failed.failures
    finally:
        server.destroy()
    for source_id in ("province_h17", "igate_h12", "portal_h12", "gateway_2025"):
        config = find_source(folder, source_id).model_copy(update={"circuit": None})
        for _ in range(5):
            assert _ingest(run, config, connection_to(broken, config)).failures
    for source_id in FAMILIES[:4]:
        config = find_source(folder, source_id)
        seen = check_source(config, connection_to(url, config), observed_at=PRESENT, settings=run.settings)
        run.said.append((f"check of {source_id}", repr(seen)))


def _enforce_retention(run: Planted) -> None:
    """The DAG that takes away what is old, on rows that are made old."""
    own, old = (
        run.settings,
        "update audit.batch set loaded_at = loaded_at - interval '4 years' where source_id = :id",
    )
    with run.engine.begin() as connection:
        connection.execute(text(old), {"id": "igate_h12"})
    script = own.project_root / "plugins" / "decision766_airflow" / "run_once.py"
    events = own.home / "logs" / "retention-events.jsonl"
    options = ("--events", str(events), "--evaluated-at", PRESENT.isoformat(), "enforce_retention")
    done = subprocess.run(
        [sys.executable, str(script), *options],
        env=airflow_environment(own),
        capture_output=True,
        text=True,
        check=False,
    )
    run.said.append(("enforce_retention", done.stdout + done.stderr))
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    root = tmp_path_factory.mktemp("planted")
    own, temporary, world = own_settings(root / "home"), root / "tmp", World.build(dossiers=600)
    inputs = temporary / "pytest-inputs"
    inputs.mkdir(parents=True)
    planter, records = Planter(PEOPLE), list[str]()
    handler = logging.Handler()
    handler.emit = lambda record: records.append(logging.Formatter().format(record))  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    before, tempfile.tempdir = tempfile.tempdir, str(temporary)
    server = EmbeddedPostgres(own.home, own.database_port)
    try:
        with planted_stand_in(world, planter) as url, refusing(planter) as broken:
            extra = {**_airflow_connections(url, broken.url), "TMPDIR": str(temporary)}
            first = command(own, "run", "--dossiers", "600", timeout=900, **extra)
            run = Planted(own, warehouse_engine(settings=own), planter, temporary=temporary)
            run.said += [("run, stdout", first.stdout), ("run, stderr", first.stderr)]
            server.start()
            _in_process(run, world, url, broken.url, inputs)
            evaluation = open_evaluation(run.engine, evaluated_at=PRESENT, run_id="planted")
            assert evaluation
            build_marts(run.engine, evaluation, database=own.warehouse_database, settings=own)
            close_evaluation(run.engine, evaluation)
            _enforce_retention(run)
            inbox = fill_inbox(inputs / "own", planter)
            options = ("score", "--inbox", str(inbox), "--period", "2026-08")
            scored = command(own, *options, timeout=600, TMPDIR=str(temporary))
            told = (scored.stdout + scored.stderr).replace(str(inbox), "")  # what was typed may be said back
            run.said += [("score", told), ("log records of this process", "\n".join(records))]
            server.start()
            yield run
            run.engine.dispose()
    finally:
        logging.getLogger().removeHandler(handler)
        tempfile.tempdir = before
        server.destroy()
        command(own, "down", "--delete-data")


def test_it_really_ran(planted: Planted) -> None:
    """Each family brought rows and failures, Airflow ran tasks that failed, and the marts were built."""
    for source_id in ("portal_h12", "gateway_2025", "igate_h12", "replica_h29", "inbox"):
        assert sum(summary.rows_received for summary in planted.summaries[source_id]) > 50, source_id
    with planted.engine.connect() as connection:
        families = connection.execute(
            text("select distinct family from audit.source join audit.batch using (source_id)")
        ).scalars()
        assert set(families) == {
            *("dvcqg_evaluation", "dvcqg_exchange", "dvcqg_gateway", "igate", "database", "file_drop")
        }
        failed = connection.execute(
            text("select count(*) from audit.outcome where status = 'failed'")
        ).scalar_one()
        assert failed > 60
        assert connection.execute(text("select count(*) from audit.unparseable")).scalar_one() > 50
        assert connection.execute(text("select count(*) from marts.fct_indicator")).scalar_one() > 1000
        gone = connection.execute(text("select sum(removed_count) from audit.tombstone")).scalar_one()
        assert gone > 100
    with psycopg.connect(
        libpq_url(database_url(planted.settings.airflow_database, planted.settings))
    ) as airflow:
        assert airflow.execute("select count(*) from xcom").fetchone()[0] > 3
        states = dict(airflow.execute("select state, count(*) from task_instance group by 1").fetchall())
    assert states["success"] > 10
    assert states["failed"] >= 1
    said = dict(planted.said)
    assert "province_h29" in said["run, stderr"]
    assert "H12" in said["run, stdout"]
    assert planted.planter.planted > 10_000
    assert len(planted.planter.distinct) > 5_000


def test_nobody_is_left_anywhere(planted: Planted, capsys: pytest.CaptureFixture[str]) -> None:
    search, looked, found = Search(PEOPLE), Counter[str](), dict[str, set[str]]()
    for place, content in planted.texts():
        looked[place.split(":")[0].split("/")[0]] += len(content)
        if hits := search.find(content):
            found.setdefault(place, set()).update(hits)
    with capsys.disabled():
        planter = planted.planter
        print(
            f"\n{planter.planted:,} identities planted ({len(planter.distinct):,} spellings of "
            f"{len(PEOPLE)} people), {search.needles:,} needles, {search.characters:,} characters "
            f"searched in {len(looked)} places: {sum(map(len, found.values()))} found"
        )
        for place, size in looked.most_common(20):
            print(f"  {size:>12,}  {place}")
    assert found == {}


def test_a_canary_is_found_in_each_place(planted: Planted) -> None:
    """What is put there on purpose is found: the search looks where it says."""
    person, search = PEOPLE[3], Search(PEOPLE)
    canary = f'{{"ChuHoSo": "{person.name}"}}'
    note = planted.settings.home / "logs" / "canary.log"
    note.write_text(json.dumps(canary), encoding="utf-8")  # escaped as JSON does
    with planted.engine.begin() as connection:
        connection.execute(text("create table raw.canary as select cast(:it as jsonb) as it"), {"it": canary})
    airflow = libpq_url(database_url(planted.settings.airflow_database, planted.settings))
    with psycopg.connect(airflow) as connection:
        connection.execute("create table canary as select %s::text as it", (person.citizen_no,))
    try:
        places = {place for place, content in planted.texts() if search.find(content)}
    finally:
        note.unlink()
        with planted.engine.begin() as connection:
            connection.execute(text("drop table raw.canary"))
        with psycopg.connect(airflow) as connection:
            connection.execute("drop table canary")
    assert {place.split(": ")[-1] for place in places} == {"raw.canary", "public.canary", "logs/canary.log"}
