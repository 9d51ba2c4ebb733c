"""The services of the project together: started in order, and stopped again by who started them."""

import logging
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import requests

from decision766.platform.airflow import SERVICE as AIRFLOW
from decision766.platform.airflow import is_healthy, start_airflow
from decision766.platform.airflow_env import airflow_environment, child_environment
from decision766.platform.databases import ensure_database, start_server
from decision766.platform.errors import PlatformError
from decision766.platform.postgres import EmbeddedPostgres, check_port_free
from decision766.platform.processes import Supervisor
from decision766.platform.stand_in import (
    REPLICA_DATABASE,
    all_stand_in_connections,
    stand_in_inbox,
    stand_in_replica,
)
from decision766.settings import Settings

log = logging.getLogger(__name__)

STAND_IN = "stand-in-sources"
STAND_IN_SECONDS = 180.0
DAG_RUN = "dags"


@dataclass
class Stack:
    """What one command started, so that it can end exactly that."""

    settings: Settings
    started: list[str] = field(default_factory=list)

    @property
    def supervisor(self) -> Supervisor:
        """The records of running services."""
        return Supervisor(self.settings.home)

    @property
    def environment(self) -> dict[str, str]:
        """Environment of every Airflow process, with connections to the stand-in sources."""
        return airflow_environment(self.settings, connections=all_stand_in_connections(self.settings))

    def start_database(self) -> bool:
        """Start PostgreSQL unless it runs or is external, and make the warehouse's database."""
        began = start_server(self.settings)
        if began:
            self.started.append("postgres")
        ensure_database(self.settings, self.settings.warehouse_database)
        return began

    def launch_stand_in(self, *options: str, filled: bool = False) -> bool:
        """Begin to start the stand-in sources unless they run; `wait_for_stand_in` waits for them.

        filled: also fill a replica's database and an inbox, for the families that need them; the
        database server must run.

        Raises:
            PlatformError: they run already, without what is asked for.
        """
        if self.supervisor.find(STAND_IN):
            if filled and not (self._healthz() or {}).get("replica_and_inbox"):
                raise PlatformError(
                    "The stand-in sources run already, without a replica and an inbox.",
                    "Stop them with `decision766 down`, then run the command again.",
                )
            return False
        environment = child_environment(self.settings)
        if filled:
            ensure_database(self.settings, REPLICA_DATABASE)
            url = stand_in_replica(self.settings)
            environment["DECISION766_STAND_IN_REPLICA"] = url.render_as_string(hide_password=False)
            options = (*options, "--inbox", str(stand_in_inbox(self.settings)))
        port = self.settings.simulator_port
        check_port_free(port, what="the stand-in sources", variable="DECISION766_SIMULATOR_PORT")
        self.supervisor.start(
            STAND_IN,
            [sys.executable, "-m", "decision766.simulator", "--port", str(port), *options],
            environment=environment,
            cwd=self.settings.project_root,
            ports=(port,),
        )
        self.started.append(STAND_IN)
        return True

    def wait_for_stand_in(self) -> None:
        """Wait until the stand-in sources have made their world and answer."""
        service = self.supervisor.find(STAND_IN)
        if service is None:
            return
        self.supervisor.wait_until(
            service, self.stand_in_answers, seconds=STAND_IN_SECONDS, what="The stand-in sources"
        )

    def stand_in_answers(self) -> bool:
        """Whether the stand-in sources answer now."""
        return self._healthz() is not None

    def stand_in_present(self) -> str:
        """The fixed present of the stand-in's world, ISO 8601 with offset."""
        return str((self._healthz() or {})["present"])

    def _healthz(self) -> dict[str, Any] | None:
        session = requests.Session()
        session.trust_env = False  # never through a proxy
        try:
            answer = session.get(f"http://127.0.0.1:{self.settings.simulator_port}/healthz", timeout=5)
            return dict(answer.json()) if answer.ok else None
        except (requests.RequestException, ValueError):
            return None

    def start_airflow(self, **extra: str) -> bool:
        """Start Airflow unless it runs; return once it is healthy."""
        if self.supervisor.find(AIRFLOW) and is_healthy(self.settings):
            return False
        self.supervisor.stop(AIRFLOW)  # half-dead: a part ended by itself
        self.started.append(AIRFLOW)
        start_airflow(self.settings, {**self.environment, **extra})
        return True

    def stop_started(self) -> None:
        """Stop what this command started, the last first; a second Ctrl-C does not cut it short."""
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            while self.started:
                stop_service(self.settings, self.started.pop())
        finally:
            signal.signal(signal.SIGINT, before)


@contextmanager
def stopping_at_the_end(settings: Settings) -> Iterator[Stack]:
    """A stack whose services end with the block, whatever happens in it; Ctrl-C included."""
    stack = Stack(settings)
    _end_like_ctrl_c()
    try:
        yield stack
    finally:
        stack.stop_started()


@contextmanager
def stopping_on_failure(settings: Settings) -> Iterator[Stack]:
    """A stack whose services stay when the block succeeds, and end when it does not."""
    stack = Stack(settings)
    _end_like_ctrl_c()
    try:
        yield stack
    except BaseException:
        stack.stop_started()
        raise


def _end_like_ctrl_c() -> None:
    """Let a request to end this command (SIGTERM, a closed terminal) unwind it as Ctrl-C does."""

    def unwind(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, unwind)


def stop_service(settings: Settings, name: str) -> bool:
    """Stop one service by its name; return whether it ran."""
    if name == "postgres":
        return EmbeddedPostgres(settings.home, settings.database_port).stop()
    return Supervisor(settings.home).stop(name)


SERVICES = (DAG_RUN, AIRFLOW, STAND_IN, "postgres")


def stop_all(settings: Settings, told: Callable[[str, float], None]) -> list[str]:
    """Stop every service of this state folder; return the names of those that ran."""
    stopped = []
    for name in SERVICES:
        if name == "postgres" and not settings.home.is_dir():
            continue
        began = time.monotonic()
        if stop_service(settings, name):
            stopped.append(name)
            told(name, time.monotonic() - began)
    return stopped
