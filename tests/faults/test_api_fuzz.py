"""Schemathesis against the API's own description: nothing makes it fail, no answer is undescribed."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from tests.end_to_end.conftest import *  # noqa: F403 - the main job's marts
from tests.end_to_end.main_job import MainJob

from decision766.platform.postgres import free_port
from decision766.scoreboard.app import create_app
from decision766.settings import PROJECT_ROOT
from decision766.warehouse.connect import warehouse_engine

pytestmark = [pytest.mark.slow, pytest.mark.faults, pytest.mark.warehouse]

FUZZER = PROJECT_ROOT / ".venv-fuzz" / "bin" / "schemathesis"
EXAMPLES = int(os.environ.get("DECISION766_FUZZ_EXAMPLES", "40"))
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The application on a port of this machine."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)
        app.state.connections.dispose()


def fuzz(
    description: str, folder: Path, *arguments: str, checks: str = CHECKS
) -> subprocess.CompletedProcess[str]:
    """Run the fuzzer; its exit is 0 if nothing was found."""
    program = os.environ.get("DECISION766_FUZZER", str(FUZZER))
    assert Path(program).exists(), "no fuzzer: make fuzz-tools"
    command = [program, "run", description, "--checks", checks, "--mode", "all", "--seed", "766"]
    command += ["--max-examples", str(EXAMPLES), "--workers", "2", "--request-timeout", "30", "--no-color"]
    command += ["--phases", "examples,coverage,fuzzing", "--generation-database", "none", *arguments]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "PYTHONUTF8": "1"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=540, check=False
    )


def test_no_request_makes_the_api_fail(main_job: MainJob, tmp_path: Path):
    app = create_app(lambda: warehouse_engine(settings=main_job.settings))
    with served(app) as address:
        done = fuzz(f"{address}/api/v1/openapi.json", tmp_path)
    print(done.stdout[-3000:])
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


def test_a_planted_failure_is_found(main_job: MainJob, tmp_path: Path):
    app = create_app(lambda: warehouse_engine(settings=main_job.settings))

    def planted(count: int) -> dict[str, int]:
        return {"share": 100 // count}  # fails on one value of all

    app.add_api_route("/planted/number", planted)  # one part alone would be a language
    with served(app) as address:
        done = fuzz(
            f"{address}/openapi.json",
            tmp_path,
            "--include-path",
            "/planted/number",
            checks="not_a_server_error",
        )
    assert done.returncode == 1, done.stdout[-3000:] + done.stderr[-2000:]
    assert "Server error" in done.stdout
