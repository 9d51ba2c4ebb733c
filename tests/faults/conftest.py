"""A small world for the fault tests, and the matrix printed at the end of the run."""

from typing import Any

import pytest
from matrix import Cell, table

from decision766.settings import Settings
from decision766.simulator.server import create_app
from decision766.simulator.world import World
from faulty_sources import Reader, Standing


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
    """Print the matrix of the cells that were tried. A test states its cell first, its counts last."""
    cells = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            found = dict(getattr(report, "user_properties", ()))
            if "fault_cell" not in found or report.when != "call":
                continue
            *place, end = found["fault_cell"]
            counts = tuple(found["fault_counts"]) if "fault_counts" in found else None
            cells[tuple(place)] = Cell(end if report.passed else f"WRONG, not {end}", counts)
    if cells:
        terminalreporter.section("faults tried × adapters × end state (once/lasting/chance)")
        for line in table(cells):
            terminalreporter.write_line(line)
