"""A scripted source per test."""

from collections.abc import Iterator

import pytest
from source_double import Double


@pytest.fixture
def double() -> Iterator[Double]:
    server = Double()
    yield server
    server.close()
