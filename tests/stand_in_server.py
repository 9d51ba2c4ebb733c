"""The stand-in sources on a free port, in a thread of the test run, and connections to them."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from decision766.platform.postgres import free_port
from decision766.simulator import igate_api
from decision766.simulator.exchange_api import DIALECTS
from decision766.simulator.server import create_app
from decision766.sources import Connection, SourceConfig


@contextmanager
def serving(world: Any, **options: Any) -> Iterator[str]:
    """Serve `world`; gives the base URL."""
    with serving_app(create_app(world, **options)) as url:
        yield url


@contextmanager
def serving_app(app: Any, log_level: str = "error") -> Iterator[str]:
    """Serve an ASGI application; gives the base URL."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level=log_level))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(200):
        if server.started:
            break
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def connection_to(base_url: str, config: SourceConfig) -> Connection:
    """Connection of a shipped source to the stand-in."""
    if config.family == "dvcqg_evaluation":
        return Connection(f"{base_url}/api/v1/reporting")
    if config.family == "dvcqg_gateway":
        return Connection(base_url)
    if config.family == "igate":
        return Connection(
            f"{base_url}/igate", igate_api.USERNAME, igate_api.PASSWORD, {"client_id": igate_api.CLIENT_ID}
        )
    (code,) = config.covers
    dialect = DIALECTS[code]
    return Connection(
        base_url, dialect.username, dialect.password, {"dstcode": f"VN:GOV:{code}", "madonvi": code}
    )
