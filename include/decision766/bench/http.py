"""Measures reading over HTTP: our whole way into raw, beside a bare reader of the same pages.

The stand-in runs in a process of its own. Our run is recorded call by call; the bare reader sends the same
requests again over one session and throws the answers away: what it takes is what the server takes.
"""

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from decision766.bench.contenders import OBSERVED_AT
from decision766.bench.database import bench_database
from decision766.bench.report import write_report
from decision766.pipeline.ingest import ingest_source
from decision766.platform.airflow_env import stand_in_connections
from decision766.settings import PROJECT_ROOT, Settings
from decision766.sources import ExchangeSource, SourceConfig, find_source
from decision766.sources.connections import connection_from_environment
from decision766.warehouse.connect import warehouse_engine

SHARE = 0.8
_ENTITIES = ("dossier", "dossier_event")
_START_SECONDS = 180.0


@dataclass
class HttpMeasured:
    """Seconds per turn of our way and of the bare reader; records and bytes of one turn."""

    rows: int = 0
    calls: int = 0
    size: int = 0
    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Our rate by the bare reader's, of the medians."""
        return statistics.median(self.bare) / statistics.median(self.ours)


def bench_http(dossiers: int, turns: int, *, folder: Path | None = None) -> HttpMeasured:
    """Measure, write docs/benchmarks/http.md and .svg, and return what was measured."""
    measured = HttpMeasured()
    with _stand_in(dossiers) as port:
        environ = {**os.environ, **stand_in_connections(port=port)}
        config = _source()
        for turn in range(turns + 1):  # the first turn warms the stand-in, and is not counted
            calls, seconds = _ours(config, environ, measured)
            bare = _bare(calls, measured)
            if turn:
                measured.ours.append(seconds)
                measured.bare.append(bare)
    _report(measured, turns, folder)
    return measured


def _source() -> SourceConfig:
    config = find_source(Settings().sources_folder, "province_h29")
    if not isinstance(config, ExchangeSource):
        raise TypeError("province_h29 is of another family now")
    entities = tuple(item for item in config.entities if item.entity in _ENTITIES)
    return config.model_copy(update={"entities": entities})


def _ours(
    config: SourceConfig, environ: dict[str, str], measured: HttpMeasured
) -> tuple[list[requests.PreparedRequest], float]:
    """Read the source into a fresh database and landing; return its calls and the seconds it took."""
    calls: list[requests.PreparedRequest] = []
    send = requests.Session.send

    def recorded(session: requests.Session, request: requests.PreparedRequest, **more: Any) -> Any:
        calls.append(request.copy())
        return send(session, request, **more)

    with tempfile.TemporaryDirectory(prefix="decision766-bench-") as home, bench_database() as (_, url):
        settings = Settings(home=Path(home), database_url=url)
        engine = warehouse_engine(settings=settings)
        connection = connection_from_environment(config.connection, environ, family=config.family)
        requests.Session.send = recorded  # type: ignore[method-assign,assignment]
        try:
            started = time.perf_counter()
            summary = ingest_source(
                engine, config, connection, run_id="bench", observed_at=OBSERVED_AT, settings=settings
            )
            seconds = time.perf_counter() - started
        finally:
            requests.Session.send = send  # type: ignore[method-assign]
            engine.dispose()
        summary.raise_for_failures()
        measured.rows, measured.calls = summary.rows_received, len(calls)
    return calls, seconds


def _bare(calls: list[requests.PreparedRequest], measured: HttpMeasured) -> float:
    """Send the calls again and drop the answers; return the seconds it took."""
    size, started = 0, time.perf_counter()
    with requests.Session() as session:
        session.trust_env = False
        for call in calls:
            answer = session.send(call, timeout=600)
            answer.raise_for_status()
            size += len(answer.content)
    measured.size = size
    return time.perf_counter() - started


@contextmanager
def _stand_in(dossiers: int) -> Iterator[int]:
    """Run the stand-in sources with a world of so many dossiers; yield the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "decision766.simulator", "--port", port, "--dossiers", dossiers]
    process = subprocess.Popen([str(part) for part in command])
    try:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                requests.get(f"http://127.0.0.1:{port}/healthz", timeout=2).raise_for_status()
                break
            except requests.RequestException:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _report(measured: HttpMeasured, turns: int, folder: Path | None) -> None:
    ours, bare = statistics.median(measured.ours), statistics.median(measured.bare)
    write_report(
        "http",
        f"{measured.rows:,} dossiers and events over HTTP",
        [
            {
                "what": what,
                "thousand records per second": measured.rows / seconds / 1000,
                "seconds": seconds,
                "of the bare reader": bare / seconds,
            }
            for what, seconds in (("bare reader of the same pages", bare), ("ours, into raw", ours))
        ],
        [
            f"`make bench-http`: {turns} turns after one that warms the stand-in, medians; "
            f"{measured.calls} calls, {measured.size / 1e6:,.0f} MB. At least {SHARE} is wanted. Both read the "
            "exchange of one province from a stand-in in a process of its own, one call at a time; ours asks "
            "for the next page while the last one is redacted and landed, and ends with the rows in raw.",
        ],
        folder=folder or PROJECT_ROOT / "docs" / "benchmarks",
    )
