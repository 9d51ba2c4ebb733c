"""A real browser for tests: Chromium without a window, driven over its debugging pipe."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
START_SECONDS = 60


def find_browser() -> str | None:
    """Path of a Chromium: DECISION766_TEST_BROWSER, else the first on the path; None if there is none."""
    named = os.environ.get("DECISION766_TEST_BROWSER")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


class Page:
    """One page: what it asked the network for, what it complained of, and what a script in it says."""

    def __init__(self, browser: "Browser"):
        self.browser = browser
        self.requests: list[str] = []
        self.complaints: list[str] = []
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            browser.call(f"{domain}.enable", session=self.session)

    def open(self, path: Path) -> float:
        """Open a file; return seconds from the beginning of the navigation to the end of its load event."""
        self.browser.call("Page.navigate", session=self.session, url=path.as_uri())
        self.browser.wait_for("Page.loadEventFired", self)
        milliseconds = self.run(
            "(() => { const [t] = performance.getEntriesByType('navigation');"
            " return t.loadEventEnd || performance.now(); })()"
        )
        return float(milliseconds) / 1000

    def visit(self, url: str, *, width: int = 1360, height: int = 1000) -> None:
        """Open an address in a window of that size and wait until it has loaded."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.browser.call("Emulation.setDeviceMetricsOverride", session=self.session, **size)
        self.browser.call("Page.navigate", session=self.session, url=url)
        self.browser.wait_for("Page.loadEventFired", self)

    def press(self, key: str) -> None:
        """Press a key."""
        for kind in ("keyDown", "keyUp"):
            self.browser.call("Input.dispatchKeyEvent", session=self.session, type=kind, key=key, code=key)

    def run(self, script: str) -> Any:
        """Evaluate a script in the page and return its value."""
        answer = self.browser.call(
            "Runtime.evaluate",
            session=self.session,
            page=self,
            expression=script,
            returnByValue=True,
            awaitPromise=True,
        )
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def pdf(self) -> bytes:
        """Print the page."""
        import base64

        return base64.b64decode(self.browser.call("Page.printToPDF", session=self.session)["data"])

    def take(self, event: dict[str, Any]) -> None:
        """Take note of an event of the page."""
        name, values = event["method"], event["params"]
        if name == "Network.requestWillBeSent":
            self.requests.append(values["request"]["url"])
        elif name == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(values["exceptionDetails"])[:500])
        elif name == "Runtime.consoleAPICalled" and values["type"] in ("error", "warning"):
            self.complaints.append(json.dumps(values["args"])[:500])
        elif name == "Log.entryAdded" and values["entry"]["level"] in ("error", "warning"):
            self.complaints.append(values["entry"]["text"][:500])


class Browser:
    """A running browser; one page at a time."""

    def __init__(self, process: subprocess.Popen, write: int, read: int):
        self.process, self.write, self.read = process, write, read
        self.number, self.rest = 0, b""
        self.waiting: list[dict[str, Any]] = []

    def call(self, method: str, *, session: str | None = None, page: Page | None = None, **params: Any):
        """Call a method of the debugging protocol and return its result."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]
            if page and "method" in answer and answer.get("sessionId") == page.session:
                page.take(answer)
            elif "method" in answer:
                self.waiting.append(answer)

    def wait_for(self, method: str, page: Page) -> None:
        """Read events until the page has had the one named."""
        while True:
            event = self.waiting.pop(0) if self.waiting else self._next()
            if event.get("sessionId") == page.session and "method" in event:
                page.take(event)
                if event["method"] == method:
                    return

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self.rest:
            block = os.read(self.read, 1 << 20)
            if not block:
                raise AssertionError(f"the browser ended ({self.process.poll()})")
            self.rest += block
        message, _, self.rest = self.rest.partition(b"\0")
        return json.loads(message)


@contextmanager
def browser(path: str) -> Iterator[Browser]:
    """Run a browser with an empty profile of its own, and end it."""
    to_browser, write = os.pipe()
    read, from_browser = os.pipe()
    profile = tempfile.mkdtemp(prefix="decision766-browser-")
    arguments = [
        *("--headless", "--remote-debugging-pipe", f"--user-data-dir={profile}", "--no-sandbox"),
        *("--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"),
        *("--disable-component-update", "--disable-default-apps", "--disable-dev-shm-usage"),
    ]
    wire = f'exec "$0" "$@" 3<&{to_browser} 4>&{from_browser}'  # it reads from 3 and writes to 4
    process = subprocess.Popen(
        ["bash", "-c", wire, path, *arguments],
        pass_fds=(to_browser, from_browser),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(to_browser)
    os.close(from_browser)
    try:
        yield Browser(process, write, read)
    finally:
        os.close(write)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(read)
        for _ in range(20):  # its helpers may still write
            shutil.rmtree(profile, ignore_errors=True)
            if not Path(profile).exists():
                break
            time.sleep(0.1)
