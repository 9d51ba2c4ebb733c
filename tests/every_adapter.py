"""Every adapter before its stand-in: what the acceptance tests and the fault matrix are tried on.

A new adapter is one entry of STAND_INS and gets them all.
"""

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from decision766.simulator import exchange_catalogues as catalogues
from decision766.simulator.exchange_dossiers import DossierRecords, Window
from decision766.simulator.replica import fill_replica
from decision766.simulator.world import World
from decision766.sources import Connection, SourceConfig
from faulty_sources import Reader, database, evaluation, exchange, gateway, igate, quick
from stand_in_server import connection_to, serving_app

EVALUATION, GATEWAY, IGATE = "dvcqg_evaluation", "dvcqg_gateway", "igate"
EXCHANGE, BUS = "dvcqg_exchange", "dvcqg_exchange, wrapped"
FILES, DATABASE = "file_drop", "database"

Opened = AbstractContextManager[Connection]


@dataclass(frozen=True)
class StandIn:
    """How to set up one adapter: its source, and its connection for as long as it is open."""

    config: Callable[[], SourceConfig]
    open: Callable[[SourceConfig, Reader, World, Path], Opened]


@contextmanager
def _served(config: SourceConfig, reader: Reader, world: World, folder: Path) -> Iterator[Connection]:
    with serving_app(reader.standing.app) as url:
        yield connection_to(url, config)


@contextmanager
def _replica(config: SourceConfig, reader: Reader, world: World, folder: Path) -> Iterator[Connection]:
    fill_replica(reader.engine, world)  # beside the warehouse's own tables
    yield Connection(reader.engine.url.render_as_string(hide_password=False))


def fill_folder(folder: Path, world: World, province: str = "H17") -> None:
    """Write a province's records as people send them: several files an entity, one compressed."""
    records = DossierRecords(world, province)
    dossiers, events = list(records.dossiers(Window())), list(records.events(Window()))
    half = len(dossiers) // 2
    (folder / "dossiers-1.ndjson").write_bytes(lines(dossiers[:half]))
    (folder / "dossiers-2.ndjson.gz").write_bytes(gzip.compress(lines(dossiers[half:])))
    (folder / "units.ndjson").write_bytes(lines(list(catalogues.org_units(world, province))))
    for number in range(3):
        (folder / f"events-{number}.ndjson").write_bytes(lines(events[number::3]))


def lines(records: list[dict[str, Any]]) -> bytes:
    """Records as newline-delimited JSON."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()


@contextmanager
def _folder(config: SourceConfig, reader: Reader, world: World, folder: Path) -> Iterator[Connection]:
    inbox = folder / "inbox"
    inbox.mkdir()
    fill_folder(inbox, world)
    yield Connection(str(inbox))


STAND_INS: dict[str, StandIn] = {
    EVALUATION: StandIn(evaluation, _served),
    EXCHANGE: StandIn(exchange, _served),
    BUS: StandIn(lambda: exchange("province_h17"), _served),
    GATEWAY: StandIn(gateway, _served),
    IGATE: StandIn(igate, _served),
    FILES: StandIn(lambda: quick("inbox", settle_seconds=0, part_bytes=20_000), _folder),
    DATABASE: StandIn(database, _replica),
}
