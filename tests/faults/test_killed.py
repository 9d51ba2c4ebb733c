"""Processes killed with SIGKILL wherever it hurts; the next run ends where an unbroken one ends."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

import decision766
from decision766.settings import Settings
from decision766.simulator.fault_plan import FaultPlan
from decision766.simulator.faults import FaultInjector
from faulty_sources import Reader, Standing, Tables, counted, differing, marts
from stand_in_server import serving_app

pytestmark = pytest.mark.warehouse
WHOLE = [pytest.mark.faults, pytest.mark.slow]
CHILD = Path(__file__).with_name("killed_child.py")
SLOWLY = {"fault": "slow_drip", "service": "DongBoHoSoMC", "calls": [3], "seconds": 0.2}

# Place → the table whose lock makes the child stand still there; None: it does so by itself.
PLACES: dict[str, str | None] = {
    "fetch": None,
    "landing": None,
    "landed": None,
    "copy": None,
    "commit": None,
    "loaded": None,
    "validation": "audit.validation_run",
    "validated": None,
    "dbt": "raw.petition",
    "built": None,
}
BEFORE_THE_LOAD = ("fetch", "landing", "landed", "copy", "commit")


@contextmanager
def _child(
    settings: Settings, url: str, folder: Path, where: str, until: str
) -> Iterator[subprocess.Popen[bytes]]:
    paths = [str(CHILD.parent), str(CHILD.parents[1]), str(Path(decision766.__file__).parents[1])]
    environment = {
        **os.environ,
        **{
            f"DECISION766_{name.upper()}": str(value)
            for name, value in settings.model_dump(exclude_none=True).items()
        },
        "PYTHONPATH": os.pathsep.join(paths),
    }
    arguments = [sys.executable, str(CHILD), url, str(folder), where, until]
    with (folder / "child.log").open("ab") as log:
        child = subprocess.Popen(arguments, env=environment, stdout=log, stderr=log)
        try:
            yield child
        finally:
            child.kill()
            child.wait()


def _run(settings: Settings, url: str, folder: Path, until: str) -> None:
    """Run the job to its end."""
    with _child(settings, url, folder, "-", until) as child:
        assert child.wait(timeout=400) == 0, (folder / "child.log").read_text()[-2000:]


def _kill_when(child: subprocess.Popen[bytes], condition: Callable[[], bool], folder: Path) -> None:
    deadline = time.monotonic() + 300
    while not condition():
        assert child.poll() is None, (folder / "child.log").read_text()[-2000:] or "it ran to its end"
        assert time.monotonic() < deadline, "it never came to the place where it was to be killed"
        time.sleep(0.02)
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL


def _unbroken(standing: Standing, reader: Reader, folder: Path, until: str) -> tuple[Tables, Tables]:
    """Raw and marts of a run that nobody killed; made once."""
    name = f"unbroken {until}"
    if name not in standing.clean:
        with serving_app(standing.app) as url:
            _run(reader.settings, url, folder, until)
        standing.clean[name] = reader.facts(), marts(reader.engine)
        with reader.engine.begin() as connection:
            connection.execute(text("drop schema if exists marts, intermediate, staging cascade"))
            connection.execute(text("truncate audit.evaluation, audit.work_ledger cascade"))
        reader.empty()
        shutil.rmtree(reader.settings.home / "landing")
    return standing.clean[name]


@pytest.mark.parametrize("place", ["copy", "commit"])
def test_killed_while_loading(place: str, reader: Reader, standing: Standing, tmp_path: Path) -> None:
    """The fast selection: one source, and what raw holds of it after a rerun."""
    _killed_and_run_again(place, "load", reader, standing, tmp_path)


@pytest.mark.parametrize("place", [pytest.param(place, marks=WHOLE) for place in PLACES])
def test_killed(place: str, reader: Reader, standing: Standing, tmp_path: Path, record_property: Any) -> None:
    record_property("fault_cell", (f"killed: {place}", "the whole run", "once", "equal"))
    record_property("fault_counts", _killed_and_run_again(place, "build", reader, standing, tmp_path))


def _killed_and_run_again(
    place: str, until: str, reader: Reader, standing: Standing, folder: Path
) -> tuple[int, int]:
    """Kill a run at the place, run again, compare; returns how many rows are lost and too many."""
    facts, built = _unbroken(standing, reader, folder, until)
    assert sum(map(len, facts.values())) > (1000 if until == "build" else 150)
    assert sum(map(len, built.values())) > (1000 if until == "build" else -1)
    plan: dict[str, Any] = {"faults": [SLOWLY] if place == "fetch" else []}
    injector = FaultInjector(standing.app, FaultPlan.model_validate(plan))
    with serving_app(injector) as url:
        _kill_at(place, until, reader, injector, url, folder)
        _settled(reader.engine)
        assert reader.batches_are_whole()
        assert (ENTITY in _loaded(reader.engine)) == (place not in BEFORE_THE_LOAD)
        _run(reader.settings, url, folder, until)
        assert differing(reader.facts(), facts) == []
        assert differing(marts(reader.engine), built) == []
        assert reader.batches_are_whole()
        assert until == "load" or _left_open(reader.engine) == 0
        return counted({**reader.facts(), **marts(reader.engine)}, {**facts, **built})


ENTITY = "dossier"


def _kill_at(place: str, until: str, reader: Reader, injector: FaultInjector, url: str, folder: Path) -> None:
    """Start the job and kill it at the place."""
    table = PLACES[place]
    with _child(reader.settings, url, folder, place, until) as child:
        if place == "fetch":
            _kill_when(child, lambda: bool(injector.strikes), folder)
        elif table is None:
            _kill_when(child, (folder / place).exists, folder)
        else:
            with _locked(reader.engine, table, when=_is_ready(reader.engine, place)) as is_waited_for:
                _kill_when(child, is_waited_for, folder)


def _loaded(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.execute(text("select entity from audit.batch")).scalars())


def _left_open(engine: Engine) -> int:
    """Batches without a verdict, and evaluations that nobody ended."""
    query = """
        select (select count(*) from audit.batch where status = 'loaded')
            + (select count(*) from audit.evaluation where status = 'building')
    """
    with engine.connect() as connection:
        return int(connection.execute(text(query)).scalar_one())


def _is_ready(engine: Engine, place: str) -> Callable[[], bool]:
    """When to take the lock: long before the child asks for the table."""
    reached = {
        "validation": "select 1 from audit.batch",
        "dbt": "select 1 from audit.evaluation",
    }[place]

    def ready() -> bool:
        with engine.connect() as connection:
            return connection.execute(text(reached)).first() is not None

    return ready


@contextmanager
def _locked(engine: Engine, table: str, when: Callable[[], bool]) -> Iterator[Callable[[], bool]]:
    """Lock a table once `when` holds; gives a test of whether somebody waits for it."""
    deadline = time.monotonic() + 240
    while not when():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    with engine.begin() as connection:
        connection.execute(text(f"lock table {table} in access exclusive mode"))

        def is_waited_for() -> bool:
            return bool(
                connection.execute(
                    text("select 1 from pg_locks where relation = cast(:t as regclass) and not granted"),
                    {"t": table},
                ).first()
            )

        yield is_waited_for


def _settled(engine: Engine) -> None:
    """Wait until the server has let go of what the dead process held."""
    others = """
        select count(*) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'
            and backend_type = 'client backend'
    """
    deadline = time.monotonic() + 60
    while True:
        with engine.connect() as connection:
            if not connection.execute(text(others)).scalar_one():
                return
        assert time.monotonic() < deadline
        time.sleep(0.05)
