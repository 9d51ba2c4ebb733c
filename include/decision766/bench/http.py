"""Measures reading over HTTP: our client, and our whole way into raw, beside a bare reader of the same pages.

The stand-in runs in a process of its own. Our run is recorded call by call; the bare reader sends the same
requests again over one session and throws the answers away: what it takes is what the server takes. The
client is the adapter: it asks, checks and decodes, page by page, and its records are dropped.
"""

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

import orjson
import requests

from decision766.bench.contenders import OBSERVED_AT
from decision766.bench.database import bench_database
from decision766.bench.report import write_report
from decision766.pipeline.ingest import ingest_source
from decision766.pipeline.stream import one_ahead
from decision766.platform.airflow_env import stand_in_connections
from decision766.settings import PROJECT_ROOT, Settings
from decision766.simulator.exchange_api import CACHED_REPLIES
from decision766.sources import ExchangeSource, SourceConfig, adapter_for, find_source
from decision766.sources.connections import connection_from_environment
from decision766.warehouse.connect import warehouse_engine

SHARE = 0.8
_ENTITIES = ("dossier", "dossier_event")
_START_SECONDS = 180.0


@dataclass
class HttpMeasured:
    """Seconds per turn of our client, our whole way and the bare reader; records and bytes of one turn."""

    replies: str
    rows: int = 0
    calls: int = 0
    size: int = 0
    ours: list[float] = field(default_factory=list)
    client: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Our client's rate by the bare reader's, of the medians."""
        return statistics.median(self.bare) / statistics.median(self.client)


def bench_http(dossiers: int, turns: int, *, folder: Path | None = None) -> list[HttpMeasured]:
    """Measure, write docs/benchmarks/http.md and .svg, and return what was measured.

    Twice: the stand-in makes each reply from its records, as a system does; and has it ready in memory.
    """
    found = [_measure(dossiers, turns, cached_replies) for cached_replies in (0, CACHED_REPLIES)]
    _report(found, turns, folder)
    return found


def _measure(dossiers: int, turns: int, cached_replies: int) -> HttpMeasured:
    measured = HttpMeasured("made for each call" if not cached_replies else "ready in memory")
    with _stand_in(dossiers, cached_replies) as port:
        connections = stand_in_connections(port=port)
        environ = {f"AIRFLOW_CONN_{name.upper()}": value for name, value in connections.items()}
        config = _source()
        for turn in range(turns + 1):  # the first turn warms the stand-in, and is not counted
            calls, seconds = _ours(config, environ, measured)
            client = _client(config, environ, measured)
            bare = _bare(calls, measured)
            if turn:
                measured.ours.append(seconds)
                measured.client.append(client)
                measured.bare.append(bare)
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


def _client(config: SourceConfig, environ: dict[str, str], measured: HttpMeasured) -> float:
    """Read the source through its adapter and drop the records; return the seconds it took."""
    connection = connection_from_environment(config.connection, environ, family=config.family)
    records, started = 0, time.perf_counter()
    adapter = adapter_for(config, connection)
    for entity in adapter.entities():
        for answer in one_ahead(iter(adapter.fetch(entity, cursor=None, observed_at=OBSERVED_AT))):
            records += sum(len(found) for found in answer.decoded().records.values())
    seconds = time.perf_counter() - started
    if records != measured.rows:
        raise RuntimeError(f"the client read {records} records, the whole way {measured.rows}")
    return seconds


def _bare(calls: list[requests.PreparedRequest], measured: HttpMeasured) -> float:
    """Send the calls again and drop the answers; return the seconds it took.

    The first call is the login, whose session the others carry: the one they were recorded with has
    few calls left, and an expired session is answered quickly, with nothing.
    """
    size, started = 0, time.perf_counter()
    login, *others = calls
    with requests.Session() as session:
        session.trust_env = False
        opened = session.send(login, timeout=600).json()["session"]
        for call in others:
            call.prepare_body(None, None, json={**orjson.loads(call.body or b"{}"), "session": opened})
            answer = session.send(call, timeout=600)
            answer.raise_for_status()
            size += len(answer.content)
    seconds = time.perf_counter() - started
    if measured.size not in (0, size):
        raise RuntimeError(f"the bare reader got {size} bytes, and {measured.size} before")
    measured.size = size
    return seconds


@contextmanager
def _stand_in(dossiers: int, cached_replies: int) -> Iterator[int]:
    """Run the stand-in sources with a world of so many dossiers; yield the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command: list[object] = [
        sys.executable,
        "-m",
        "decision766.simulator",
        "--port",
        port,
        "--dossiers",
        dossiers,
    ]
    command += ["--cached-replies", cached_replies]
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


def _report(found: list[HttpMeasured], turns: int, folder: Path | None) -> None:
    rows: list[dict[str, str | float]] = [
        {
            "what": f"{what}; replies {measured.replies}",
            "thousand records per second": measured.rows / statistics.median(seconds) / 1000,
            "seconds": statistics.median(seconds),
            "of the bare reader": statistics.median(measured.bare) / statistics.median(seconds),
        }
        for measured in found
        for what, seconds in (
            ("bare reader", measured.bare),
            ("our client", measured.client),
            ("ours, into raw", measured.ours),
        )
    ]
    first = found[0]
    write_report(
        "http",
        f"{first.rows:,} dossiers and events over HTTP",
        rows,
        [
            f"`make bench-http`: {turns} turns after one that warms the stand-in, medians; "
            f"{first.calls} calls, {first.size / 1e6:,.0f} MB. All read the exchange of one province from a "
            "stand-in in a process of its own, one call at a time. The bare reader sends our requests again "
            "and throws the answers away. The client asks for the next page while the last one is checked "
            "and decoded; the whole way also removes personal data, lands the object and ends with the "
            "rows in raw. The stand-in makes a reply from its records, as a provincial system does, or has "
            "it ready in memory: then it serves more records per second than PostgreSQL's COPY takes.",
            f"Wanted of the client: {SHARE} of the bare reader; measured "
            + ", ".join([f"{each.share:.2f} (replies {each.replies})" for each in found])
            + ".",
        ],
        folder=folder or PROJECT_ROOT / "docs" / "benchmarks",
    )
