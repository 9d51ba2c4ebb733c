"""Each adapter in turn, before its stand-in."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from decision766.pipeline.ingest import IngestSummary
from decision766.settings import Settings
from decision766.simulator.server import create_app
from decision766.simulator.world import World
from decision766.sources import Connection, SourceConfig
from every_adapter import STAND_INS
from faulty_sources import Reader, Standing


@dataclass
class Reading:
    """One source, open, and the warehouse into which it is read."""

    reader: Reader
    config: SourceConfig
    connection: Connection

    def run(self, **how: Any) -> IngestSummary:
        """Read it once."""
        return self.reader.take(self.config, self.connection, **how)


@pytest.fixture(scope="session")
def small_world() -> World:
    return World.build(dossiers=300)


@pytest.fixture(scope="session")
def standing(small_world: World) -> Standing:
    return Standing(create_app(small_world))


@pytest.fixture(params=STAND_INS)
def reading(
    request: pytest.FixtureRequest,
    standing: Standing,
    small_world: World,
    settings: Settings,
    warehouse: Any,
    tmp_path: Path,
) -> Iterator[Reading]:
    stand_in, reader = STAND_INS[request.param], Reader(standing, settings, warehouse)
    config = stand_in.config()
    with stand_in.open(config, reader, small_world, tmp_path) as connection:
        yield Reading(reader, config, connection)
