"""A warehouse and a landing zone with records of a few dossiers, loaded when a test says."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from tests.unit.loading.loads import NOW, land
from tests.unit.record_samples import DOSSIER, EVENT, KEYS

from decision766.audit import Source, upsert_source
from decision766.landing import LandingStore
from decision766.loading import load_batch
from decision766.settings import Settings
from decision766.warehouse.connect import warehouse_engine

LONG_AGO = NOW - dt.timedelta(days=2000)


@pytest.fixture
def store(tmp_path: Path) -> LandingStore:
    return LandingStore(tmp_path / "landing", KEYS)


@pytest.fixture
def engine(settings: Settings) -> Any:
    engine = warehouse_engine(settings=settings)
    upsert_source(engine, Source("s", "file_drop", "Nguồn thử", ("H44",), "synthetic", "hash"))
    yield engine
    engine.dispose()


@pytest.fixture
def load(engine: Engine) -> Callable[..., None]:
    """Land and load records of an entity; `at`: when they came."""

    def run(store: LandingStore, entity: str, records: list[Any], at: dt.datetime = LONG_AGO) -> None:
        landed = land(store, "s", entity, records, at)
        result = load_batch(
            engine,
            store,
            source_id="s",
            entity=entity,
            objects=[landed],
            observed_at=at,
            run_id="run",
        )
        with engine.begin() as connection:
            connection.execute(
                text("update audit.batch set loaded_at = :at where batch_id::text = :id"),
                {"at": at, "id": result.batch_id},
            )

    return run


def dossier(number: int, **changes: Any) -> dict[str, Any]:
    return {**DOSSIER, "MaHoSo": f"H44.07-260815-{number:05d}", **changes}


def event(number: int, **changes: Any) -> dict[str, Any]:
    return {**EVENT, "MaHoSo": f"H44.07-260815-{number:05d}", **changes}
