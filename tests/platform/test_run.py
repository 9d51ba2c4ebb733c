"""`run` as a newcomer runs it: the same numbers again, and nothing left behind, whatever happens."""

import json
import signal
import threading
import time

import pytest

from decision766.cli.run import DAGS
from decision766.platform.postgres import free_port
from own_services import command, left_running, own_settings, start

pytestmark = [pytest.mark.slow, pytest.mark.airflow, pytest.mark.timeout(1200)]

SMALL = ("--dossiers", "600")


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    own = own_settings(tmp_path_factory.mktemp("run") / "home")
    yield own
    command(own, "down", "--delete-data")


@pytest.fixture(scope="module")
def first(settings):
    began = time.monotonic()
    result = command(settings, "run", *SMALL)
    assert result.returncode == 0, result.stderr
    return result, time.monotonic() - began


def test_prints_the_scorecards_and_leaves_nothing_running(settings, first):
    result, _ = first
    for unit in ("H12", "H17", "H29", "H44"):
        assert f" {unit} " in result.stdout
    assert "SYNTHETIC DATA" in result.stdout
    assert "RECORDED DATA" in result.stdout
    assert "Where to look next" in result.stdout
    assert left_running(settings) == []


def test_a_run_leaves_reports_and_lineage_that_joins(settings, first):
    result, _ = first
    for page in ("validation/index.html", "marts/index.html"):
        assert (settings.reports_root / page).is_file()
        assert str(settings.reports_root / page) in result.stdout
    events = [
        json.loads(line)
        for file in settings.lineage_folder.glob("*.ndjson")
        for line in file.read_text().splitlines()
    ]
    airflows = {
        event["run"]["runId"]: event["job"]["name"]
        for event in events
        if event["job"]["name"].split(".")[0] in DAGS
    }
    assert {name.rpartition(".")[2] for name in airflows.values()} >= {
        "ingest",
        "validate",
        "dbt_build",
        *DAGS,
    }
    parents = {
        event["job"]["name"].split(".")[0]: airflows[event["run"]["facets"]["parent"]["run"]["runId"]]
        for event in events
        if event["run"]["runId"] not in airflows
        and event["job"]["name"].startswith(("load.", "validate.", "decision766."))
    }
    assert parents["load"].endswith("source.ingest")
    assert parents["validate"].endswith("source.validate")
    assert "build_indicator_marts.dbt_build" in parents.values()


def test_a_second_run_prints_the_same_and_is_quicker(settings, first):
    result, seconds = first
    began = time.monotonic()
    again = command(settings, "run", *SMALL)
    assert again.returncode == 0, again.stderr
    assert again.stdout == result.stdout
    assert "Nothing new came" in again.stderr
    assert time.monotonic() - began < seconds


@pytest.mark.faults
def test_an_unreachable_source_fails_by_name_and_the_rest_is_shown(settings, first):
    connection = {
        "conn_type": "http",
        "host": "127.0.0.1",
        "port": free_port(),
        "login": "a",
        "password": "b",
    }
    nowhere = json.dumps({**connection, "extra": {"dstcode": "d", "madonvi": "H29"}})
    result = command(settings, "run", *SMALL, AIRFLOW_CONN_DECISION766_H29=nowhere)
    assert result.returncode == 1
    assert "province_h29" in result.stderr
    assert "ingest_provincial_systems failed" in result.stderr
    assert "Traceback" not in result.stderr
    assert "UBND tỉnh Cà Mau H12" in result.stdout
    assert "the last reading of province_h29 failed" in result.stdout
    assert left_running(settings) == []


@pytest.mark.faults
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminated"])
def test_an_interrupted_run_leaves_nothing_running(settings, first, number):
    process = start(settings, "run", *SMALL)
    _wait_for_line(process, "Stand-in sources answer")
    time.sleep(3)  # Airflow is at work
    process.send_signal(number)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 128 + number
    assert "Traceback" not in said
    assert left_running(settings) == []


@pytest.mark.faults
@pytest.mark.parametrize("killed_after", ["PostgreSQL started", "Stand-in sources answer"])
def test_a_first_run_that_was_killed_is_done_again_from_what_is_there(tmp_path, killed_after):
    own = own_settings(tmp_path / "home")
    try:
        process = start(own, "run", *SMALL)
        _wait_for_line(process, killed_after)
        time.sleep(1)
        process.kill()  # no chance to tidy up
        process.communicate(timeout=60)
        assert left_running(own)
        assert command(own, "down").returncode == 0
        assert left_running(own) == []
        if (
            killed_after == "PostgreSQL started"
        ):  # the second case differs in what was left, not in what is there
            again = command(own, "run", *SMALL)
            assert again.returncode == 0, again.stderr
            assert left_running(own) == []
    finally:
        command(own, "down", "--delete-data")


@pytest.mark.faults
def test_two_runs_in_one_folder_do_not_meet(settings, first):
    process = start(settings, "run", *SMALL)
    try:
        _wait_for_line(process, "PostgreSQL started")
        second = command(settings, "run", *SMALL)
        assert second.returncode == 1
        assert "Another `decision766 run` is at work" in second.stderr
        assert process.poll() is None
    finally:
        process.terminate()
        process.communicate(timeout=120)
    assert left_running(settings) == []


def _wait_for_line(process, text: str, seconds: float = 300) -> None:
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    seen = []
    for line in process.stderr:
        seen.append(line)
        if text in line:
            break
    timer.cancel()
    assert seen, "the command said nothing"
    assert text in seen[-1], "".join(seen)
