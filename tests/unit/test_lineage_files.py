"""Lineage events in files: one a line whatever writes, a limit to what is kept, never a failed run."""

import json
import logging
import multiprocessing
from pathlib import Path

import pytest

from decision766.lineage import emit, files, openlineage_transport
from decision766.platform.airflow_env import airflow_environment
from decision766.settings import Settings


def event(number: int, size: int = 0):
    from openlineage.client.event_v2 import Job, Run, RunEvent, RunState

    return RunEvent(
        eventTime="2026-09-28T08:00:00+07:00",
        eventType=RunState.COMPLETE,
        run=Run(runId=f"01960000-0000-7000-8000-{number:012d}"),
        job=Job(namespace="n", name=f"job-{'x' * size}"),
        producer="urn:test",
    )


def _append(folder: Path, first: int) -> None:
    transport = files.NdjsonTransport(files.NdjsonConfig(str(folder)))
    for number in range(first, first + 40):
        transport.emit(event(number, size=50_000))


def test_events_of_several_processes_are_not_mixed(tmp_path):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_append, args=(tmp_path, 100 * n)) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    lines = [json.loads(line) for file in tmp_path.glob("*.ndjson") for line in file.read_text().splitlines()]
    numbers = sorted(int(line["run"]["runId"][-12:]) for line in lines)
    assert numbers == [100 * n + i for n in range(3) for i in range(40)]


def test_a_full_file_is_set_aside_and_old_ones_go(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "FILE_BYTES", 500)
    monkeypatch.setattr(files, "FILES_KEPT", 3)
    transport = files.NdjsonTransport(files.NdjsonConfig(str(tmp_path)))
    for number in range(12):
        transport.emit(event(number))
    kept = sorted(tmp_path.glob("*.ndjson"))
    assert len(kept) == 1 + 3
    last = json.loads((tmp_path / files.NEWEST).read_text().splitlines()[-1])
    assert last["run"]["runId"].endswith("11")


def test_a_server_that_is_not_there_fails_nothing(tmp_path, caplog):
    settings = Settings(home=tmp_path, lineage_url="http://127.0.0.1:9/nowhere")
    with caplog.at_level(logging.WARNING):
        assert emit.tell("a load", lambda: [event(1)], settings=settings) == 0
    assert "lineage of a load was not told whole" in caplog.text


def test_a_fault_of_ours_fails_nothing(tmp_path, caplog):
    def broken():
        raise LookupError("no such column")

    assert emit.tell("a load", broken, settings=Settings(home=tmp_path)) == 0
    assert "LookupError" in caplog.text


def test_it_can_be_switched_off(tmp_path):
    settings = Settings(home=tmp_path, lineage=False)
    assert openlineage_transport(settings) is None
    assert emit.tell("a load", pytest.fail, settings=settings) == 0
    assert not (tmp_path / "lineage").exists()
    assert airflow_environment(settings)["AIRFLOW__OPENLINEAGE__DISABLED"] == "True"


def test_airflow_sends_where_the_loader_sends(tmp_path):
    environment = airflow_environment(Settings(home=tmp_path))
    told = json.loads(environment["AIRFLOW__OPENLINEAGE__TRANSPORT"])
    assert told == openlineage_transport(Settings(home=tmp_path))
    assert environment["AIRFLOW__OPENLINEAGE__NAMESPACE"] == emit.JOB_NAMESPACE
    server = airflow_environment(
        Settings(home=tmp_path, lineage_url="http://lineage.example", lineage_api_key="k")
    )
    told = json.loads(server["AIRFLOW__OPENLINEAGE__TRANSPORT"])
    assert (told["type"], told["url"], told["auth"]["apiKey"]) == ("http", "http://lineage.example", "k")
    assert "DECISION766_LINEAGE_API_KEY" not in server
