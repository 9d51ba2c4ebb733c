"""Fixtures for all tests: a PostgreSQL of our own, a migrated database per test, a state folder apart.

The server is the embedded one, in a temporary folder on a free port, started when the first test asks
for it; DECISION766_TEST_DATABASE_URL (postgresql://user:password@host:port/) uses another server.
Databases are copies of a template that is migrated once.
"""

import os
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from xdist.scheduler import LoadFileScheduling

from decision766.platform.airflow_env import TELEMETRY_OFF
from decision766.platform.databases import clone_database, drop_database, ensure_database
from decision766.platform.postgres import EmbeddedPostgres, free_port
from decision766.settings import Settings, get_settings
from decision766.warehouse.connect import libpq_url, server_url, warehouse_engine
from decision766.warehouse.migrate import migrate

os.environ.update(TELEMETRY_OFF)
for name in [name for name in os.environ if name.startswith("DECISION766_") and "_TEST_" not in name]:
    del os.environ[name]


# The longest file begins first, so that no worker is left alone with it at the end.
LONGEST = "tests/end_to_end/test_planted_rows.py"  # shares nothing, whatever it imports


class FilesTogether(LoadFileScheduling):  # type: ignore[misc]
    """As `--dist loadfile`, but files that go together are one piece of work for one worker."""

    def _split_scope(self, nodeid: str) -> str:
        return _work_of(str(super()._split_scope(nodeid)))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """Two Airflows at once starve each other; the finished main job is run once for many that share it."""
    return FilesTogether(config, log) if config.getvalue("dist") == "loadfile" else None


@cache
def _work_of(file: str) -> str:
    source = (Path(__file__).parents[1] / file).read_text(encoding="utf-8")
    if "pytestmark" in source and "pytest.mark.airflow" in source:
        return "airflow"
    if file == LONGEST:
        return file
    if file.startswith("tests/end_to_end/") and "main_job" in source:
        return "main job's pages" if "create_app" in source else "main job's marts"
    return file


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest file begin, then the Airflows, then larger pieces of work before smaller ones."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    work = {item.location[0]: _work_of(item.location[0]) for item in items}
    size = Counter(work[item.location[0]] for item in items)

    def turn(item: pytest.Item) -> tuple[bool, bool, int, str]:
        mine = work[item.location[0]]
        return (mine != LONGEST, mine != "airflow", -size[mine], mine)

    items.sort(key=turn)


@pytest.fixture(scope="session", autouse=True)
def state_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The state folder of the whole test run: no test touches the project's own."""
    folder = tmp_path_factory.mktemp("decision766")
    os.environ["DECISION766_HOME"] = str(folder)
    get_settings.cache_clear()
    yield folder
    del os.environ["DECISION766_HOME"]
    get_settings.cache_clear()


@pytest.fixture(scope="session")
def database_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a PostgreSQL server for this test run, without a database."""
    external = os.environ.get("DECISION766_TEST_DATABASE_URL")
    if external:
        yield external
        return
    server = EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), free_port(), durable=False)
    server.start()
    try:
        yield libpq_url(server_url(Settings(database_port=server.port)))
    finally:
        server.destroy()


@pytest.fixture(scope="session")
def template_database(database_server: str) -> Iterator[str]:
    """Name of a migrated database that holds nothing; copied for each test, never used itself."""
    settings = Settings(database_url=database_server, warehouse_database=f"template_{uuid.uuid4().hex[:12]}")
    ensure_database(settings, settings.warehouse_database)
    engine = warehouse_engine(settings=settings)
    migrate(engine)
    engine.dispose()
    yield settings.warehouse_database
    drop_database(settings, settings.warehouse_database)


@contextmanager
def settings_for(server: str, template: str, home: Path) -> Iterator[Settings]:
    """Settings with a state folder and a migrated warehouse of their own, dropped at the end."""
    home.mkdir(parents=True, exist_ok=True)
    own = Settings(home=home, database_url=server, warehouse_database=f"test_{uuid.uuid4().hex[:12]}")
    clone_database(own, template, own.warehouse_database)
    try:
        yield own
    finally:
        drop_database(own, own.warehouse_database)


@pytest.fixture
def settings(database_server: str, template_database: str, tmp_path: Path) -> Iterator[Settings]:
    """Settings of one test: its own state folder and its own migrated warehouse."""
    with settings_for(database_server, template_database, tmp_path / "home") as own:
        yield own


@pytest.fixture
def warehouse(settings: Settings) -> Iterator[Engine]:
    """Engine on the migrated, empty warehouse of one test (database `settings.warehouse_database`)."""
    engine = warehouse_engine(settings=settings)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def module_settings(
    database_server: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """As `settings`, shared by the tests of one module: for what is costly to fill."""
    with settings_for(database_server, template_database, tmp_path_factory.mktemp("home")) as own:
        yield own


@pytest.fixture(scope="module")
def module_warehouse(module_settings: Settings) -> Iterator[Engine]:
    """As `warehouse`, shared by the tests of one module."""
    engine = warehouse_engine(settings=module_settings)
    yield engine
    engine.dispose()


@pytest.fixture
def as_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Settings], None]]:
    """Make given settings the settings of this process and of its children, until the test ends."""

    def apply(own: Settings) -> None:
        for field, value in own.model_dump(exclude_none=True).items():
            monkeypatch.setenv(f"DECISION766_{field.upper()}", str(value))
        get_settings.cache_clear()

    yield apply
    monkeypatch.undo()
    get_settings.cache_clear()
