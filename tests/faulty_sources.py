"""Sources of the stand-in, read with and without faults, and what is in raw afterwards."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, text

from decision766.audit import reopen_circuit
from decision766.pipeline.ingest import IngestSummary, ingest_source
from decision766.settings import Settings, get_settings
from decision766.simulator.fault_plan import FaultPlan, Strike
from decision766.simulator.faults import FaultInjector
from decision766.sources import Connection, SourceConfig, find_source
from stand_in_server import connection_to, serving_app

PRESENT = dt.datetime(2026, 9, 28, 8, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
QUICK = {
    "retries": {
        "attempts": 3,
        "backoff_seconds": 0,
        "max_wait_seconds": 5,
        "statuses": [500, 502, 503, 504],
    },
    "timeout": {"connect_seconds": 2, "read_seconds": 2, "total_seconds": 1.5},
}
_OWN = ("raw_id", "batch_id", "object_sha256", "source_line", "row_hash", "capture_id", "captured_at")
# What a run adds to a mart: when it ran and fetched, and which of its numbers stand where.
_RUN_OWN = (
    *("evaluation_id", "run_id", "batch_id", "raw_id", "captured_at", "published_captured_at"),
    *("last_fetched_at", "last_success_at", "last_attempt_at"),
)
# A mart about the attempts themselves: an interrupted run has more of them.
_ABOUT_ATTEMPTS = ("mart_source_outcome",)
# Views with a row for every step and case, that follow from marts which are compared.
_FOLLOWING = ("mart_score_step", "mart_fixable_case")
Tables = dict[str, list[Any]]


def quick(source_id: str, **changes: Any) -> SourceConfig:
    """A shipped source that does not wait."""
    config = find_source(get_settings().sources_folder, source_id)
    return type(config).model_validate({**config.model_dump(by_alias=True), **QUICK, **changes})


def evaluation() -> SourceConfig:
    """Two endpoints of one month: one in pages of 30 units, one a tree."""
    month = {"grain": "month", "from": "2026-08", "to": "2026-08"}
    endpoints = ["transparency", "dvc-progress-tree"]
    return quick("portal_h12", endpoints=endpoints, periods=[month], page_size=30)


def exchange(source_id: str = "province_h12") -> SourceConfig:
    """Units, dossiers and events of three months, in slices of a month."""
    tries = {**QUICK["retries"], "statuses": [429, 500, 502, 503, 504]}
    entities = [
        {"entity": "org_unit", "service": "LayDanhMucDonVi"},
        {"entity": "dossier", "service": "DongBoHoSoMC", "window": {"overlap_hours": 48}},
        {"entity": "dossier_event", "service": "CapNhatTienDoHoSoMC", "window": {"overlap_hours": 48}},
    ]
    return quick(source_id, entities=entities, first_window_start="2026-07-01", retries=tries)


def gateway(**changes: Any) -> SourceConfig:
    """The catalogue, which states a total, and two reports, which do not; in pages of 20 rows."""
    return quick("gateway_2025", **{"page_size": 20, **changes})


def igate() -> SourceConfig:
    """Units and dossiers of three months, in pages of 8 and slices of a month."""
    tries = {**QUICK["retries"], "statuses": [429, 500, 502, 503, 504]}
    return quick("igate_h12", page_size=8, first_window_start="2026-07-01", retries=tries)


def database() -> SourceConfig:
    """A replica, in parts of 20 rows."""
    return quick("replica_h29", part_rows=20)


@dataclass
class Standing:
    """The stand-in, and what clean runs gave, by source."""

    app: Any
    clean: dict[str, tuple[Tables, Tables]] = field(default_factory=dict)


@dataclass
class Reader:
    """Reads into one warehouse."""

    standing: Standing
    settings: Settings
    engine: Engine
    strikes: list[Strike] = field(default_factory=list)

    def read(
        self, config: SourceConfig, *rules: dict[str, Any], present: Any = PRESENT, full: bool = False
    ) -> IngestSummary:
        """Read a source of the stand-in, which misbehaves by the rules."""
        injector = FaultInjector(self.standing.app, FaultPlan.model_validate({"faults": rules}))
        with serving_app(injector, log_level="critical") as url:
            summary = self.take(config, connection_to(url, config), present=present, full=full)
        self.strikes = injector.strikes
        return summary

    def take(
        self, config: SourceConfig, connection: Connection, *, present: Any = PRESENT, full: bool = False
    ) -> IngestSummary:
        """Read a source."""
        return ingest_source(
            self.engine,
            config,
            connection,
            run_id="test",
            observed_at=present,
            settings=self.settings,
            full=full,
        )

    def cursors(self) -> dict[str, str]:
        """Raw entity → where its reading stands."""
        with self.engine.connect() as connection:
            found = connection.execute(text("select entity, cursor from audit.cursor"))
            return {row.entity: row.cursor for row in found}

    def put_cursors(self, cursors: dict[str, str]) -> None:
        """Let the next run go on from these cursors, and from the start where there is none."""
        with self.engine.begin() as connection:
            connection.execute(
                text("delete from audit.cursor where entity <> all(:names)"), {"names": list(cursors)}
            )
            for entity, cursor in cursors.items():
                connection.execute(
                    text("update audit.cursor set cursor = :cursor where entity = :entity"),
                    {"entity": entity, "cursor": cursor},
                )

    def reopen(self, config: SourceConfig) -> None:
        """Let a system be called again that refused."""
        now = dt.datetime.now(dt.UTC)
        assert reopen_circuit(self.engine, config.connection, source_id=config.id, cause="test", now=now)

    def empty(self) -> None:
        """Forget everything that was read."""
        with self.engine.begin() as connection:
            for name in self._names():
                connection.execute(text(f"truncate raw.{name}"))
            connection.execute(text("truncate audit.source cascade"))

    def batches_are_whole(self) -> bool:
        """Whether every batch holds as many rows as it says, and every row belongs to a batch."""
        with self.engine.connect() as connection:
            for name in self._names():
                wrong = connection.execute(
                    text(f"""
                        select 1 from audit.batch
                        full join (
                            select batch_id, count(*) as held from raw.{name} group by batch_id
                        ) as rows using (batch_id)
                        where entity is null or (entity = :name and rows_new <> coalesce(held, 0))
                    """),
                    {"name": name},
                ).first()
                if wrong is not None:
                    return False
        return True

    def tables(self) -> Tables:
        """Every raw row by its hash, which covers entity, key and all values."""
        with self.engine.connect() as connection:
            return {
                name: sorted(connection.execute(text(f"select row_hash from raw.{name}")).scalars())
                for name in self._names()
            }

    def facts(self) -> Tables:
        """Every raw row by its values, without what tells captures apart."""
        with self.engine.connect() as connection:
            return {
                name: sorted(
                    connection.execute(
                        text(f"select (to_jsonb(t) - cast(:own as text[]))::text from raw.{name} as t"),
                        {"own": list(_OWN)},
                    ).scalars()
                )
                for name in self._names()
            }

    def failures(self) -> list[str]:
        """Messages of the failed attempts."""
        with self.engine.connect() as connection:
            found = connection.execute(
                text("select error_message from audit.outcome where status = 'failed' order by outcome_id")
            )
            return list(found.scalars())

    def _names(self) -> list[str]:
        with self.engine.connect() as connection:
            found = connection.execute(
                text("""
                    select table_name from information_schema.columns
                    where table_schema = 'raw' and column_name = 'row_hash' order by 1
                """)
            )
            return list(found.scalars())


def marts(engine: Engine, *without: str) -> Tables:
    """Every row of every mart about the records, but for what tells runs apart and the columns `without`.

    {} before a build.
    """
    with engine.connect() as connection:
        names = connection.execute(
            text("select table_name from information_schema.tables where table_schema = 'marts' order by 1")
        ).scalars()
        return {
            name: sorted(
                connection.execute(
                    text(f"select (to_jsonb(t) - cast(:own as text[]))::text from marts.{name} as t"),
                    {"own": [*_RUN_OWN, *without]},
                ).scalars()
            )
            for name in list(names)
            if name not in (*_ABOUT_ATTEMPTS, *_FOLLOWING)
        }


def counted(found: Tables, wanted: Tables) -> tuple[int, int]:
    """How many rows of `wanted` are lost, and how many there are beyond them: other ones, or ones twice."""
    lost = sum((Counter(rows) - Counter(found.get(name, ()))).total() for name, rows in wanted.items())
    beyond = sum((Counter(rows) - Counter(wanted.get(name, ()))).total() for name, rows in found.items())
    return lost, beyond


def differing(found: Tables, wanted: Tables) -> list[str]:
    """Names of the tables that do not hold the same rows, with one row in which they differ."""
    return [
        f"{name}: {next(iter(set(found.get(name, ())) ^ set(wanted.get(name, ()))), 'a row twice')}"
        for name in sorted({*found, *wanted})
        if found.get(name) != wanted.get(name)
    ]
