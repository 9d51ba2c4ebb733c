"""Runs dbt in this process, on the warehouse that the settings name.

dbt is imported late: it costs seconds. Connection facts travel through the environment that
`profiles.yml` reads, never through --vars, so that partial parsing stays valid.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from decision766.settings import Settings, get_settings
from decision766.warehouse.connect import database_url


class DbtFailed(Exception):
    """A dbt command failed; the message names the nodes and says where the log is."""


@dataclass(frozen=True)
class DbtSummary:
    """What one dbt command did: node counts by status, and wall time in seconds per slowest node."""

    passed: int
    warned: int
    slowest: tuple[tuple[str, float], ...]


def dbt_environment(
    database: str | None, settings: Settings, trial: str = "", *, follows: bool = False
) -> dict[str, str]:
    """Return the variables that profiles.yml and macros read, and switches that keep dbt quiet and offline.

    trial: prefix of the schemas that a trial build reads its audit from and writes its models to.
    follows: what the last build left was proved: data tests read what this one may have written.
    """
    url = database_url(database, settings)
    return {
        "DECISION766_DBT_HOST": url.host or "127.0.0.1",
        "DECISION766_DBT_PORT": str(url.port or 5432),
        "DECISION766_DBT_USER": url.username or "",
        "DECISION766_DBT_PASSWORD": url.password or "",
        "DECISION766_DBT_DATABASE": url.database or "",
        "DECISION766_DBT_TRIAL": trial,
        "DECISION766_DBT_FOLLOWS": "yes" if follows else "",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def run_dbt(
    arguments: list[str],
    *,
    database: str | None = None,
    settings: Settings | None = None,
    trial: str = "",
    follows: bool = False,
) -> DbtSummary:
    """Run one dbt command, for example ["build"].

    trial: prefix of the schemas of a trial build; empty for the marts themselves.
    follows: the build follows the last one (pipeline/following.py).

    Raises:
        DbtFailed: a node failed or the project does not compile.
    """
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 - importing dbt takes seconds

    settings = settings or get_settings()
    project = settings.project_root / "dbt_project"
    state = settings.home / "dbt" / f"{trial}{database or settings.warehouse_database}"
    state.mkdir(parents=True, exist_ok=True)
    with _environment(dbt_environment(database, settings, trial, follows=follows)):
        result = dbtRunner().invoke(
            [
                *arguments,
                *("--project-dir", str(project), "--profiles-dir", str(project)),
                *("--target-path", str(state / "target"), "--log-path", str(state / "logs")),
                *("--log-level", "none", "--no-use-colors", "--no-print"),
            ]
        )
    nodes = list(getattr(result.result, "results", None) or [])
    if not result.success:
        raise DbtFailed(_failure_message(arguments, nodes, result.exception, state / "logs" / "dbt.log"))
    statuses = [str(node.status) for node in nodes]
    slowest = sorted(
        ((node.node.name, float(node.execution_time)) for node in nodes), key=lambda item: -item[1]
    )
    return DbtSummary(
        passed=sum(status in ("pass", "success") for status in statuses),
        warned=statuses.count("warn"),
        slowest=tuple(slowest[:25]),
    )


def _failure_message(
    arguments: list[str], nodes: list[object], exception: BaseException | None, log: Path
) -> str:
    failed = [
        node for node in nodes if str(getattr(node, "status", "")) in ("error", "fail", "runtime error")
    ]
    lines = [f"dbt {' '.join(arguments)} failed; the whole log is {log}"]
    for node in failed[:10]:
        name = getattr(getattr(node, "node", None), "name", "?")
        message = str(getattr(node, "message", "") or "").strip().splitlines()
        lines.append(f"  {name}: {' '.join(line.strip() for line in message[:2])}")
    if exception is not None:
        lines.append(f"  {type(exception).__name__}: {exception}")
    return "\n".join(lines)
