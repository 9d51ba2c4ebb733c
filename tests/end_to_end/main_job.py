"""The main job in small: a synthetic world, its warehouse, and ways to run the job again."""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, create_engine

from decision766.pipeline.build import build_marts, open_evaluation, prove_marts, publish_evaluation
from decision766.pipeline.ingest import IngestSummary, ingest_source
from decision766.platform.databases import drop_database, ensure_database
from decision766.platform.postgres import free_port
from decision766.settings import Settings
from decision766.simulator import igate_api
from decision766.simulator.inbox import fill_inbox
from decision766.simulator.replica import fill_replica
from decision766.simulator.world import World
from decision766.sources import Connection, SourceConfig, find_source
from decision766.sources.periods import LOCAL
from decision766.validation import validate_batch
from decision766.warehouse.connect import database_url

DOSSIERS = 6000
SEED, FIRST_MONTH, MONTHS = 2, "2026-07", 3
SECOND = dt.timedelta(seconds=1)
PRESENT = dt.datetime(2026, 9, 28, 8, tzinfo=LOCAL)
RECORDINGS = Path(__file__).parents[2] / "include" / "decision766" / "simulator" / "recordings"


@dataclass
class MainJob:
    """The main job in small: its world, its warehouse, and a way to run it again."""

    world: World
    settings: Settings
    engine: Engine
    url: str
    sources: list[SourceConfig]

    def connection(self, config: SourceConfig) -> Connection:
        """Where the stand-in answers for a source."""
        if config.family == "dvcqg_evaluation":
            return Connection(f"{self.url}/api/v1/reporting")
        if config.family == "dvcqg_gateway":
            return Connection(self.url)
        if config.family == "igate":
            extra = {"client_id": igate_api.CLIENT_ID}
            return Connection(f"{self.url}/igate", igate_api.USERNAME, igate_api.PASSWORD, extra)
        code = config.covers[0]
        extra = {"madonvi": code, "dstcode": code}
        return Connection(self.url, code.lower(), f"standin-{code.lower()}", extra)

    def ingest(self, run_id: str, *, without: tuple[str, ...] = ()) -> list[IngestSummary]:
        """Read and validate every source; a source in `without` finds its system unreachable."""
        summaries = []
        for config in self.sources:
            connection = self.connection(config)
            if config.id in without:
                connection = Connection(
                    f"http://127.0.0.1:{free_port()}", connection.login, connection.password, connection.extra
                )
            summary = ingest_source(
                self.engine, config, connection, run_id=run_id, observed_at=PRESENT, settings=self.settings
            )
            for batch_id in summary.batch_ids:
                validate_batch(self.engine, batch_id, settings=self.settings)
            summaries.append(summary)
        return summaries

    def ingest_further_families(self, folder: Path) -> list[IngestSummary]:
        """Read and validate the sources that are not enabled: iGate, replica, files, the old gateway."""
        fill_inbox(folder, self.world)
        replica = f"{self.settings.warehouse_database}_replica"
        ensure_database(self.settings, replica)
        url = database_url(replica, self.settings)
        engine = create_engine(url)
        fill_replica(engine, self.world)
        engine.dispose()
        places = {
            "inbox_h17": Connection(str(folder)),
            "replica_h29": Connection(url.render_as_string(hide_password=False)),
        }
        summaries = []
        for source_id in ("igate_h12", "inbox_h17", "replica_h29", "gateway_2025"):
            config = find_source(self.settings.sources_folder, source_id)
            summary = ingest_source(
                self.engine,
                config,
                places.get(source_id) or self.connection(config),
                run_id="further",
                observed_at=PRESENT,
                settings=self.settings,
            )
            for batch_id in summary.batch_ids:
                validate_batch(self.engine, batch_id, settings=self.settings)
            summaries.append(summary)
        drop_database(self.settings, replica)
        return summaries

    def rebuild(self, run_id: str) -> None:
        """Build the marts, whatever there is to do."""
        evaluation = open_evaluation(self.engine, evaluated_at=PRESENT + SECOND, run_id=run_id)
        assert evaluation is not None
        self._build(evaluation)

    def build(self, run_id: str) -> bool:
        """Build the marts; False when there was nothing to do."""
        evaluation = open_evaluation(self.engine, evaluated_at=PRESENT, run_id=run_id)
        if evaluation is None:
            return False
        self._build(evaluation)
        return True

    def _build(self, evaluation: str) -> None:
        build_marts(
            self.engine, evaluation, database=self.settings.warehouse_database, settings=self.settings
        )
        prove_marts(self.engine, evaluation, settings=self.settings)
        publish_evaluation(self.engine, evaluation, settings=self.settings)


def recorded_numbers() -> Iterator[tuple[str, dict, dict]]:
    """Every recorded unit object of Phú Thọ: (file, payload, unit)."""
    for path in sorted(RECORDINGS.glob("*.json")):
        if path.name.startswith("envelope"):
            continue
        answer = json.loads(path.read_text(encoding="utf-8"))
        for unit in [answer.get("overview") or answer["parent"], *answer["units"]]:
            yield path.name, answer["payload"], unit
