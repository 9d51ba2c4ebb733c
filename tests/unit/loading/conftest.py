"""A source of its own for every test, in one warehouse per module."""

import uuid

import pytest
from sqlalchemy import text
from tests.unit.loading.loads import NOW, land
from tests.unit.record_samples import KEYS

from decision766.audit import Source, upsert_source
from decision766.landing import LandingStore
from decision766.loading import load_batch


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return LandingStore(tmp_path_factory.mktemp("landing"), KEYS)


@pytest.fixture
def source(module_warehouse):
    source_id = f"s_{uuid.uuid4().hex[:8]}"
    upsert_source(
        module_warehouse, Source(source_id, "file_drop", "Nguồn thử", ("H44",), "synthetic", "hash")
    )
    return source_id


@pytest.fixture
def load(module_warehouse, store, source):
    def run(entity, *parts, fetched_at=NOW, announced=False, **more):
        objects = [
            land(store, source, entity, part, fetched_at, announced=len(part) if announced else None)
            for part in parts
        ]
        return load_batch(
            module_warehouse,
            store,
            **{
                "source_id": source,
                "entity": entity,
                "objects": objects,
                "observed_at": NOW,
                "run_id": "run",
                "cursor_after": "c1",
                **more,
            },
        )

    return run


@pytest.fixture
def rows(module_warehouse, source):
    def read(entity, columns="*"):
        with module_warehouse.connect() as connection:
            found = connection.execute(
                text(f"select {columns} from raw.{entity} where source_id = :source order by raw_id"),
                {"source": source},
            )
            return [dict(row) for row in found.mappings()]

    return read
