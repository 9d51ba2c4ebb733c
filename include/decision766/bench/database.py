"""A warehouse for measurements, on a PostgreSQL of its own."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from decision766.platform.databases import ensure_database
from decision766.platform.postgres import EmbeddedPostgres, free_port
from decision766.settings import Settings
from decision766.warehouse.connect import database_url, libpq_url, server_url, warehouse_engine
from decision766.warehouse.migrate import migrate


@contextmanager
def bench_warehouse() -> Iterator[tuple[Engine, Settings]]:
    """Yield engine and settings of a migrated warehouse, set as the project sets its own; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="decision766-bench-") as home:
        server = EmbeddedPostgres(Path(home), free_port(), durable=False)
        server.start()
        try:
            url = libpq_url(server_url(Settings(database_port=server.port)))
            settings = Settings(home=Path(home), database_url=url)
            ensure_database(settings, settings.warehouse_database)
            engine = warehouse_engine(settings=settings)
            migrate(engine)
            yield engine, settings
            engine.dispose()
        finally:
            server.destroy()


@contextmanager
def bench_database() -> Iterator[tuple[Engine, str]]:
    """Yield engine and URL of such a warehouse."""
    with bench_warehouse() as (engine, settings):
        yield engine, libpq_url(database_url(settings=settings))
