"""A small world and its server, shared by the tests of this folder."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from decision766.simulator.server import create_app
from decision766.simulator.world import World

SMALL = 6_000


@pytest.fixture(scope="session")
def world() -> World:
    return World.build(dossiers=SMALL)


@pytest.fixture(scope="session")
def client(world: World) -> Iterator[TestClient]:
    with TestClient(create_app(world)) as opened:
        yield opened
