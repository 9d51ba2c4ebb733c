"""Measures freshness: from a source's commit to `mart_scorecard`, under a running scheduler.

Airflow runs as `decision766 up` starts it, on a history that the ordinary DAG has built. Provinces commit
changes evenly; nobody tells the pipeline. An observer outside it sees `mart_scorecard` being swapped, and
the audit tables say which build took in which batch, and which batch holds which record.
"""

import contextlib
import datetime as dt
import itertools
import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, text

from decision766.bench.freshness_hub import CONNECTION, DATABASE, Change, Hub, write_source
from decision766.bench.freshness_report import Freshness, Shown, report_freshness
from decision766.bench.marts_fill import fill_world
from decision766.platform.airflow import AirflowApi, import_pools, migrate_airflow
from decision766.platform.postgres import free_port
from decision766.platform.stack import Stack, stopping_at_the_end
from decision766.settings import Settings
from decision766.warehouse.connect import database_url, warehouse_engine
from decision766.warehouse.migrate import migrate

DAGS = ("build_indicator_marts", "ingest_provincial_systems")
FIRST_BUILD_SECONDS, LAST_BUILDS_SECONDS = 2400.0, 1200.0
_SEEN_EVERY = 0.25
_OPEN_IN_HUB = 200  # dossiers of history per province that may be completed


class FreshnessError(Exception):
    """Nothing can be measured; the message says what did not happen."""


@dataclass(frozen=True)
class Asked:
    """What is to be measured. every_minutes: how often the scheduler reads."""

    history: int = 1_000_000
    provinces: int = 34
    per_minute: int = 20
    minutes: float = 15.0
    every_minutes: int = 1


def bench_freshness(asked: Asked, told: Callable[[str], None], *, folder: Path | None = None) -> Freshness:
    """Measure, write docs/benchmarks/freshness.md with its plots, and return what was measured.

    told: is given what is being done.

    Raises:
        FreshnessError: no build was published in time.
    """
    with tempfile.TemporaryDirectory(prefix="decision766-bench-") as home:
        settings = _settings(Path(home), asked.every_minutes)
        with stopping_at_the_end(settings) as stack:
            told("PostgreSQL, and a history")
            stack.start_database()
            engine = warehouse_engine(settings=settings)
            migrate(engine)
            fill_world(engine, asked.history, asked.provinces)
            provinces = [f"H{10 + number}" for number in range(1, asked.provinces + 1)]
            hub = Hub(settings, provinces)
            hub.follow_history(engine, _OPEN_IN_HUB)
            write_source(settings.sources_folder, provinces)
            with _watching(engine) as swaps:
                _start(stack, told)
                _wait_for_builds(engine, 2, FIRST_BUILD_SECONDS, told)
                changes = hub.write(
                    asked.per_minute, asked.minutes, lambda count: told(f"{count:,} changes committed")
                )
                _wait_until_shown(engine, changes, told)
            measured = _measured(engine, asked, changes, swaps)
            engine.dispose()
    report_freshness(measured, folder)
    return measured


def _settings(home: Path, every_minutes: int) -> Settings:
    first = free_port()
    return Settings.model_validate(
        {
            "home": home,
            "database_port": free_port(),
            "airflow_port": first if first < 65_000 else 28_080,
            "sources_path": home / "sources",
            "ingest_minutes": every_minutes,
        }
    )


def _start(stack: Stack, told: Callable[[str], None]) -> None:
    told("Airflow")
    url = database_url(DATABASE, stack.settings)
    connection = {"conn_type": "postgres", "host": url.host, "port": url.port, "login": url.username}
    hub = {f"AIRFLOW_CONN_{CONNECTION.upper()}": json.dumps({**connection, "schema": url.database})}
    migrate_airflow(stack.settings, stack.environment)
    import_pools(stack.settings, stack.environment)
    stack.start_airflow(**hub)
    api = AirflowApi(stack.settings)
    api.wait_for_dags(DAGS)
    for dag in DAGS:
        api.unpause(dag)


@contextlib.contextmanager
def _watching(engine: Engine) -> Iterator[dict[str, dt.datetime]]:
    """Fill in, until the block ends, when the scorecards of which evaluation were first seen."""
    seen: dict[str, dt.datetime] = {}
    ended = threading.Event()
    query = text("""
        select to_regclass('marts.mart_scorecard')::oid as scorecards, (
            select evaluation_id::text from audit.evaluation order by started_at desc limit 1
        ) as evaluation_id
    """)

    def watch() -> None:
        known = None
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while not ended.wait(_SEEN_EVERY):
                now = connection.execute(query).one()
                if now.scorecards != known and now.scorecards is not None:
                    known = now.scorecards
                    seen.setdefault(now.evaluation_id, dt.datetime.now(dt.UTC))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield seen
    finally:
        ended.set()
        watcher.join()


def _wait_for_builds(engine: Engine, count: int, seconds: float, told: Callable[[str], None]) -> None:
    """Wait until so many evaluations were published: the first takes in the whole history."""
    end = time.monotonic() + seconds
    while (built := _published(engine)) < count:
        if time.monotonic() > end:
            raise FreshnessError(f"{built} builds were published within {seconds / 60:.0f} minutes")
        told(f"{built} of {count} builds before the measurement")
        time.sleep(2)


def _published(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("select count(*) from audit.publication")).scalar_one())


_WAY = text("""
    with wanted as (
        select * from unnest(cast(:codes as text[]), cast(:is_new as boolean[]))
            as wanted (dossier_code, is_new)
    )
    select wanted.dossier_code, record.batch_id, batch.loaded_at, batch.accepted_at, evaluation.started_at,
        evaluation.evaluation_id::text as evaluation_id
    from wanted
    inner join raw.dossier as record
        on wanted.dossier_code = record.dossier_code and wanted.is_new = (record.finished_at is null)
    inner join audit.batch as batch on record.batch_id = batch.batch_id and batch.run_id <> 'bench'
    left join audit.work_ledger as work on batch.batch_id = work.batch_id
    left join audit.evaluation as evaluation
        on work.evaluation_id = evaluation.evaluation_id and evaluation.status = 'built'
""")


def _ways(engine: Engine, changes: Sequence[Change]) -> dict[tuple[str, bool], object]:
    with engine.connect() as connection:
        rows = connection.execute(
            _WAY,
            {
                "codes": [change.dossier_code for change in changes],
                "is_new": [change.is_new for change in changes],
            },
        ).all()
    return {(row.dossier_code, row.evaluation_id is not None): row for row in rows}


def _wait_until_shown(engine: Engine, changes: Sequence[Change], told: Callable[[str], None]) -> None:
    """Wait until a published build holds the last change, or nothing more can be expected."""
    end = time.monotonic() + LAST_BUILDS_SECONDS
    last = changes[-len({change.province for change in changes}) :]
    while time.monotonic() < end:
        found = _ways(engine, last)
        if sum(is_shown for _, is_shown in found) == len(last):
            return
        told("the last changes are on their way")
        time.sleep(2)


def _measured(
    engine: Engine, asked: Asked, changes: Sequence[Change], swaps: dict[str, dt.datetime]
) -> Freshness:
    ways, shown = _ways(engine, changes), []
    for change in changes:
        way = ways.get((change.dossier_code, True))
        at = swaps.get(way.evaluation_id) if way else None  # type: ignore[attr-defined]
        if way is not None and at is not None:
            moments = [
                change.committed_at,
                *(way.loaded_at, way.accepted_at, way.started_at, at),  # type: ignore[attr-defined]
            ]
            stages = ((after - before).total_seconds() for before, after in itertools.pairwise(moments))
            shown.append(Shown(change, at, tuple(stages)))
    with engine.connect() as connection:
        builds = connection.execute(
            text("""
                select extract(epoch from finished_at - started_at)::float8 as seconds,
                    rebuilt_because is null as follows
                from audit.evaluation
                where status = 'built' and started_at > :since order by started_at
            """),
            {"since": changes[0].committed_at},
        ).all()
        ended: dict[str, bool] = dict(
            connection.execute(_ENDED, {"codes": [change.dossier_code for change in changes]}).all()
        )
    wanted = {change.dossier_code: not change.is_new for change in changes}
    return Freshness(
        *(asked.history, asked.provinces, asked.per_minute, asked.minutes, asked.every_minutes),
        shown=shown,
        lost=len(changes) - len(shown),
        builds=[row.seconds for row in builds],
        followed=sum(row.follows for row in builds),
        differing=sum(ended.get(code) is not is_done for code, is_done in wanted.items()),
        swaps=sorted(swaps.values()),
    )


_ENDED = text("""
    select dossier_code, done_at is not null as is_done from marts.fct_dossier
    where dossier_code = any(:codes)
""")
