"""A ledger of three publications on hand-made marts."""

import pytest
from sqlalchemy import Engine
from tests.ledger.marts import CHANGES, TABLES, Ledger

from decision766.settings import Settings


@pytest.fixture
def empty(settings: Settings, warehouse: Engine) -> Ledger:
    """Marts, and nothing published yet."""
    ledger = Ledger(warehouse, settings)
    ledger.execute(TABLES)
    return ledger


@pytest.fixture
def ledger(empty: Ledger) -> Ledger:
    """Three publications: everything, a restatement of one unit, a removal."""
    for change in CHANGES:
        empty.publish(change)
    return empty


@pytest.fixture(scope="module")
def shared(module_settings: Settings, module_warehouse: Engine) -> Ledger:
    """As `ledger`, for tests that put back what they change."""
    ledger = Ledger(module_warehouse, module_settings)
    ledger.execute(TABLES)
    for change in CHANGES:
        ledger.publish(change)
    return ledger
