"""A small world for the fault tests, and the matrix printed at the end of the run."""

from typing import Any

import pytest
from faulty_sources import Reader, Standing
from matrix import table

from decision766.settings import Settings
from decision766.simulator.server import create_app
from decision766.simulator.world import World


@pytest.fixture(scope="session")
def small_world() -> World:
    return World.build(dossiers=300)


@pytest.fixture(scope="session")
def standing(small_world: World) -> Standing:
    """The stand-in's application, built once: its answers are cached."""
    return Standing(create_app(small_world))


@pytest.fixture
def reader(standing: Standing, settings: Settings, warehouse: Any) -> Reader:
    """Reads sources of the small world into the test's own warehouse, with the same keys in every test."""
    keys = {"pseudonym_key": f"test:{'11' * 32}", "event_key": f"test:{'22' * 32}"}
    return Reader(standing, settings.model_copy(update=keys), warehouse)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    cells = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == "fault_cell" and report.when == "call":
                    cells[tuple(value[:3])] = value[3] if report.passed else f"WRONG, not {value[3]}"
    if cells:
        terminalreporter.section("faults tried × adapters × end state")
        for line in table(cells):
            terminalreporter.write_line(line)
