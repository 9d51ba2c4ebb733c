"""What browser tests share: the pages served on a port of their own, and what a reader does in them."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import uvicorn
from fastapi import FastAPI
from tests.reporting.browser import Page, find_browser

from decision766.platform.postgres import free_port

BROWSER = find_browser()
needs_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium; DECISION766_TEST_BROWSER names one")


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Address of the pages as a browser reaches them."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + 30
    while not server.started and time.monotonic() < end:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)


def wait_for(page: Page, script: str, holds) -> str:
    """Ask the page until what it says holds; between two pages it says nothing."""
    end, said = time.monotonic() + 30, ""
    while time.monotonic() < end:
        with suppress(AssertionError):  # the page asked is being left
            said = page.run(f"document.readyState === 'complete' ? ({script}) : ''")
            if holds(said):
                return said
        time.sleep(0.05)
    raise AssertionError(f"still {said[:300]!r}")


def follow(page: Page, script: str, *, until: str) -> str:
    """Do what a reader does, and wait for the address that holds the words; return it."""
    page.run(f"{script};0")
    return wait_for(page, "location.pathname + location.search", lambda where: until in where)


def click(selector: str) -> str:
    return f"document.querySelector({selector!r}).click()"
