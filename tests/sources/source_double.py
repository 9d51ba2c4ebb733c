"""A scripted HTTP source: answers what a test tells it, well or badly, and remembers what was asked.

Beside it, source settings that do not wait.
"""

import datetime as dt
import gzip
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from decision766.sources import EvaluationSource, ExchangeSource

PRESENT = dt.datetime(2026, 9, 28, 8, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
ROOT_ID = "019d2be3-6a88-732b-8b17-b68020c8553a"


@dataclass
class Reply:
    """One answer. cut: bytes withheld from the end although announced. drop: hang up without answering.

    drip: seconds between two bytes.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0
    drop: bool = False
    drip: float = 0


def json_reply(value: Any, status: int = 200, **more: Any) -> Reply:
    return Reply(status, json.dumps(value, ensure_ascii=False).encode(), **more)


def gzip_reply(value: Any) -> Reply:
    return Reply(200, gzip.compress(json.dumps(value).encode()), {"Content-Encoding": "gzip"})


HTML = Reply(200, b"<!DOCTYPE html><html><body>secret-in-page</body></html>", {"Content-Type": "text/html"})
FIREWALL = Reply(
    200, b"<html><head><title>Request Rejected</title></head></html>", {"Content-Type": "text/html"}
)


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    payload: dict[str, Any]


def _payload(raw: bytes) -> dict[str, Any]:
    """What was posted: JSON, or a form as its fields; nothing for a GET."""
    if raw[:1] in (b"{", b"["):
        return dict(json.loads(raw))
    return {key: values[0] for key, values in parse_qs(raw.decode()).items()}


class Double:
    """The server; `script` answers in order and its last element forever, `answer` decides by request."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.script: list[Reply] = []
        self.answer: Callable[[Request], Reply] | None = None
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.do_POST()

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                request = Request(self.path, dict(self.headers.items()), _payload(raw))
                double.requests.append(request)
                reply = double.next_reply(request)
                if reply.drop:
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                size = 1 if reply.drip else len(reply.body) or 1
                for at in range(0, len(reply.body) - reply.cut, size):
                    self.wfile.write(reply.body[at : min(at + size, len(reply.body) - reply.cut)])
                    time.sleep(reply.drip)
                if reply.cut:
                    self.close_connection = True

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that hangs up
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def next_reply(self, request: Request) -> Reply:
        if self.answer is not None:
            return self.answer(request)
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def evaluation_source(**changes: Any) -> EvaluationSource:
    settings: dict[str, Any] = {
        "id": "portal_h44",
        "name": "Cổng",
        "family": "dvcqg_evaluation",
        "connection": "decision766_portal",
        "covers": ["H44"],
        "data_origin": "recorded",
        "retries": {"attempts": 3, "backoff_seconds": 0.01, "max_wait_seconds": 2, "statuses": [500, 503]},
        "root": {"department_id": ROOT_ID, "code": "H44"},
        "endpoints": ["transparency", "dvc-progress-tree"],
        "periods": [{"grain": "year", "from": 2026, "to": 2026}],
    }
    return EvaluationSource.model_validate({**settings, **changes})


def exchange_source(**changes: Any) -> ExchangeSource:
    settings: dict[str, Any] = {
        "id": "province_h12",
        "name": "Hệ thống",
        "family": "dvcqg_exchange",
        "connection": "decision766_h12",
        "covers": ["H12"],
        "data_origin": "synthetic",
        "retries": {"attempts": 3, "backoff_seconds": 0.01, "max_wait_seconds": 2},
        "first_window_start": "2026-07-01",
        "entities": [
            {"entity": "org_unit", "service": "LayDanhMucDonVi"},
            {"entity": "dossier", "service": "DongBoHoSoMC", "window": {"overlap_hours": 24}},
        ],
    }
    return ExchangeSource.model_validate({**settings, **changes})
