"""Services are found again, ended whole, and never confused with another program of the same number."""

import json
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from decision766.platform.errors import PlatformError
from decision766.platform.processes import Supervisor

# A leader that starts a child, which ignores SIGTERM's first addressee, and then waits.
FAMILY = (
    "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "print('ready', flush=True); time.sleep(600)"
)


@pytest.fixture
def supervisor(tmp_path):
    found = Supervisor(tmp_path)
    yield found
    for record in (tmp_path / "run").glob("*.json"):
        found.stop(record.stem)


def _start(supervisor: Supervisor, code: str = FAMILY, name: str = "family"):
    return supervisor.start(name, [sys.executable, "-c", code], environment={}, cwd=Path("/"), ports=(1,))


def _wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_service_is_found_by_another_supervisor_and_ended_with_its_children(supervisor, tmp_path):
    service = _start(supervisor)
    _wait_for(lambda: len(psutil.Process(service.pid).children()) == 1)
    child = psutil.Process(service.pid).children()[0]
    other = Supervisor(tmp_path)
    assert other.find("family") == service
    assert other.stop("family") is True
    _wait_for(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    assert other.find("family") is None
    assert other.stop("family") is False


def test_children_are_ended_even_when_their_leader_is_gone(supervisor):
    service = _start(supervisor)
    _wait_for(lambda: len(psutil.Process(service.pid).children()) == 1)
    child = psutil.Process(service.pid).children()[0]
    leader = psutil.Process(service.pid)
    leader.kill()
    leader.wait(5)
    assert supervisor.find("family") == service
    assert supervisor.lives(service) is False
    supervisor.stop("family")
    _wait_for(lambda: not child.is_running())


def test_a_process_number_that_was_given_anew_is_left_alone(supervisor, tmp_path):
    stranger = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True
    )
    try:
        record = {"name": "family", "pid": stranger.pid, "began": 1.0, "ports": [], "log": ""}
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "family.json").write_text(json.dumps(record))
        assert supervisor.find("family") is None
        assert supervisor.stop("family") is False
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_process_whose_record_was_never_written_is_found(supervisor, tmp_path):
    service = _start(supervisor)
    (tmp_path / "run" / "family.json").unlink()  # the command was killed between start and record
    assert Supervisor(tmp_path / "elsewhere").find("family") is None
    found = supervisor.find("family")
    assert found is not None
    assert found.pid == service.pid
    assert supervisor.stop("family") is True
    assert supervisor.find("family") is None


def test_a_damaged_record_is_as_good_as_none(supervisor, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "family.json").write_text("{")
    assert supervisor.find("family") is None


def test_a_start_that_fails_quotes_the_log(supervisor):
    service = _start(supervisor, "import sys; sys.exit('no world today')", "short")
    with pytest.raises(PlatformError) as caught:
        supervisor.wait_until(service, lambda: False, seconds=20, what="The stand-in")
    assert "ended while it started" in caught.value.message
    assert "no world today" in caught.value.message
    assert "short.log" in caught.value.next_step


def test_a_start_that_takes_too_long_says_so(supervisor):
    service = _start(supervisor)
    with pytest.raises(PlatformError, match="not ready after 0 seconds"):
        supervisor.wait_until(service, lambda: False, seconds=0.3, what="The stand-in")
