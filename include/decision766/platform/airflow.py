"""Airflow as a service: its metadata database, its start under `make up`, and its REST API.

Airflow itself is never imported here; it is run, with the environment of `airflow_env`.
"""

import json
import subprocess
import time
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
import requests

from decision766.platform.airflow_env import (
    ADMIN,
    airflow_home,
    airflow_secrets,
    airflow_url,
    write_password_file,
)
from decision766.platform.databases import ensure_database
from decision766.platform.errors import PlatformError, tidy
from decision766.platform.postgres import check_port_free
from decision766.platform.processes import Service, Supervisor
from decision766.settings import Settings
from decision766.warehouse.connect import database_url, libpq_url

SERVICE = "airflow"
HEALTHY_SECONDS = 300.0
REST_SECONDS = 30.0
POOLS = Path("plugins") / "decision766_airflow" / "pools.json"


def airflow_ports(settings: Settings) -> tuple[int, int, int]:
    """UI and API, the scheduler's log server, the triggerer's log server."""
    return settings.airflow_port, settings.airflow_port + 1, settings.airflow_port + 2


def migrate_airflow(settings: Settings, environment: Mapping[str, str]) -> bool:
    """Create Airflow's metadata database and bring it to this version; return whether it had to be done.

    A database that this version migrated before is recognised by its own revision, without starting Airflow.
    """
    airflow_home(settings).mkdir(parents=True, exist_ok=True)
    ensure_database(settings, settings.airflow_database)
    marker = airflow_home(settings) / "migrated.json"
    current = {"airflow": version("apache-airflow-core"), "revision": _revision(settings)}
    if current["revision"] and marker.exists() and json.loads(marker.read_text()) == current:
        return False
    run_airflow(settings, environment, "db", "migrate")
    marker.write_text(json.dumps({**current, "revision": _revision(settings)}))
    return True


def import_pools(settings: Settings, environment: Mapping[str, str]) -> None:
    """Give Airflow the pools that the DAGs name; what was changed by hand in them is set back."""
    run_airflow(settings, environment, "pools", "import", str(settings.project_root / POOLS))


def run_airflow(settings: Settings, environment: Mapping[str, str], *arguments: str) -> None:
    """Run one `airflow` command to its end, its output appended to `<home>/logs/airflow-commands.log`.

    Raises:
        PlatformError: it failed.
    """
    log = settings.home / "logs" / "airflow-commands.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        code = subprocess.run(  # noqa: S603 (our own command)
            ["airflow", *arguments],  # noqa: S607 (found on the environment's own PATH)
            cwd=settings.project_root,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    if code:
        raise PlatformError(
            f"`airflow {' '.join(arguments)}` failed with exit code {code}.", f"Its output: {tidy(log)}"
        )


def start_airflow(settings: Settings, environment: Mapping[str, str]) -> Service:
    """Start scheduler, API server, DAG processor and triggerer; return once all are healthy.

    Raises:
        PlatformError: a port is busy, or Airflow does not become healthy.
    """
    for port in airflow_ports(settings):
        check_port_free(port, what="Airflow", variable="DECISION766_AIRFLOW_PORT")
    write_password_file(settings)
    supervisor = Supervisor(settings.home)
    service = supervisor.start(
        SERVICE,
        ["airflow", "standalone"],
        environment=environment,
        cwd=settings.project_root,
        ports=airflow_ports(settings),
    )
    supervisor.wait_until(service, lambda: is_healthy(settings), seconds=HEALTHY_SECONDS, what="Airflow")
    return service


def is_healthy(settings: Settings) -> bool:
    """Whether the API answers and scheduler, DAG processor and triggerer report themselves alive."""
    try:
        session = requests.Session()
        session.trust_env = False  # never through a proxy
        parts = session.get(f"{airflow_url(settings)}/api/v2/monitor/health", timeout=5).json()
    except (requests.RequestException, ValueError):
        return False
    needed = ("metadatabase", "scheduler", "dag_processor", "triggerer")
    return all((parts.get(part) or {}).get("status") == "healthy" for part in needed)


class AirflowApi:
    """The few calls of Airflow's REST API that the command line needs, as its administrator."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self._session = requests.Session()
        self._session.trust_env = False  # never through a proxy
        answer = self._session.post(
            f"{airflow_url(settings)}/auth/token",
            json={"username": ADMIN, "password": airflow_secrets(settings)["admin_password"]},
            timeout=REST_SECONDS,
        )
        self._check(answer, "log in")
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def wait_for_dags(self, dag_ids: Iterable[str], seconds: float = 90.0) -> None:
        """Wait until the DAG processor has parsed all of `dag_ids`.

        Raises:
            PlatformError: it has not after `seconds`; import errors are quoted.
        """
        wanted, end = set(dag_ids), time.monotonic() + seconds
        while missing := wanted - {dag["dag_id"] for dag in self._get("dags")["dags"]}:
            if time.monotonic() > end:
                errors = [error["stack_trace"] for error in self._get("importErrors")["import_errors"]]
                raise PlatformError(
                    f"Airflow does not show the DAGs {', '.join(sorted(missing))}. " + "\n".join(errors),
                    "Its log: .decision766/logs/airflow.log",
                )
            time.sleep(0.5)

    def unpause(self, dag_id: str) -> None:
        """Let the scheduler run the DAG."""
        self._set_paused(dag_id, False)

    def pause(self, dag_id: str) -> None:
        """Let the scheduler begin no run of the DAG; runs that began go on."""
        self._set_paused(dag_id, True)

    def _set_paused(self, dag_id: str, is_paused: bool) -> None:
        url = self._url(f"dags/{dag_id}")
        answer = self._session.patch(url, json={"is_paused": is_paused}, timeout=REST_SECONDS)
        self._check(answer, f"{'pause' if is_paused else 'unpause'} {dag_id}")

    def trigger(self, dag_id: str, conf: Mapping[str, Any]) -> str:
        """Start a run now; return its id."""
        body = {"logical_date": None, "conf": dict(conf)}
        answer = self._session.post(self._url(f"dags/{dag_id}/dagRuns"), json=body, timeout=REST_SECONDS)
        self._check(answer, f"trigger {dag_id}")
        return str(answer.json()["dag_run_id"])

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """The DAG's runs, newest first, at most 20."""
        return list(self._get(f"dags/{dag_id}/dagRuns?order_by=-run_after&limit=20")["dag_runs"])

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """The task instances of one run."""
        return list(self._get(f"dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"])

    def _get(self, path: str) -> dict[str, Any]:
        answer = self._session.get(self._url(path), timeout=REST_SECONDS)
        self._check(answer, f"read {path}")
        return dict(answer.json())

    def _url(self, path: str) -> str:
        return f"{airflow_url(self._settings)}/api/v2/{path}"

    def _check(self, answer: requests.Response, what: str) -> None:
        if not answer.ok:
            raise PlatformError(
                f"Airflow refused to {what}: HTTP {answer.status_code} {answer.text[:300]}",
                f"Its log: {tidy(self._settings.home / 'logs' / 'airflow.log')}",
            )


def _revision(settings: Settings) -> str | None:
    url = libpq_url(database_url(settings.airflow_database, settings))
    try:
        with psycopg.connect(url) as connection:
            row = connection.execute("select version_num from alembic_version").fetchone()
    except psycopg.errors.UndefinedTable:
        return None
    return str(row[0]) if row else None
