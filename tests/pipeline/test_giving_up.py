"""A source that refuses, or that cannot be reached at all, is left in peace; every gap is recorded."""

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from decision766.pipeline.ingest import IngestSummary, ingest_source
from decision766.platform.postgres import free_port
from decision766.settings import Settings, get_settings
from decision766.sources import Connection, SourceConfig, SourceError, find_source

pytestmark = pytest.mark.warehouse
PRESENT = dt.datetime(2026, 9, 28, 8, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


@contextmanager
def _answering(status: int) -> Iterator[tuple[str, list[str]]]:
    """A server that answers every call with `status`; gives its URL and the paths it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()


def _ingest(warehouse: Engine, settings: Settings, source_id: str, base_url: str) -> IngestSummary:
    config: SourceConfig = find_source(get_settings().sources_folder, source_id)
    retries = config.retries.model_copy(update={"backoff_seconds": 0.0})
    config = config.model_copy(update={"retries": retries})
    connection = Connection(base_url, "user", "password", {"dstcode": "VN", "madonvi": "H12"})
    return ingest_source(warehouse, config, connection, run_id="test", observed_at=PRESENT, settings=settings)


def test_the_portal_is_not_asked_again_after_it_refused(warehouse, settings):
    with _answering(403) as (base_url, asked):
        summary = _ingest(warehouse, settings, "portal_h44", base_url)
    assert len(asked) == 1
    assert [failure.kind for failure in summary.failed] == ["refused"] * 6
    assert all("not called, because the portal refused" in line for line in summary.failures[1:])
    with pytest.raises(SourceError, match="the source refuses the call") as raised:
        summary.raise_for_failures()
    assert raised.value.kind == "refused"


def test_a_system_that_is_down_is_tried_for_two_entities_only(warehouse, settings):
    summary = _ingest(warehouse, settings, "province_h12", f"http://127.0.0.1:{free_port()}")
    assert [failure.kind for failure in summary.failed] == [*["unreachable"] * 2, *["not_asked"] * 12]
    with warehouse.connect() as connection:
        failed = connection.execute(
            text("select count(distinct entity) from audit.outcome where status = 'failed'")
        ).scalar_one()
    assert failed == 14  # every table knows that it is stale


def test_a_system_that_answers_is_asked_for_everything(warehouse, settings):
    with _answering(404) as (base_url, asked):
        summary = _ingest(warehouse, settings, "province_h12", base_url)
    assert len(asked) >= 14
    assert "not_asked" not in {failure.kind for failure in summary.failed}
