"""The command line: help with examples, and errors that say what to do next."""

import re
import socket

import pytest
from typer.testing import CliRunner

from decision766.cli.console import CommandError, explain
from decision766.cli.main import app
from decision766.cli.periods import end_or_now, read_instant, read_period
from decision766.platform.errors import PlatformError
from decision766.platform.postgres import free_port
from decision766.settings import get_settings

COMMANDS = [
    *(["run"], ["up"], ["down"], ["status"], ["ingest"], ["scorecard"], ["score"], ["explain"]),
    *(["ledger", "verify"], ["ledger", "list"], ["ledger", "show"], ["ledger", "restatements"]),
    *(["sign", "period"], ["sign", "run"], ["contest", "open"], ["contest", "resolve"], ["contest", "list"]),
    *(["db", "start"], ["db", "stop"], ["db", "url"], ["db", "migrate"]),
    *(["quarantine", "list"], ["quarantine", "show"], ["quarantine", "replay"], ["quarantine", "waive"]),
    *(["reports", "validation"], ["reports", "marts"]),
]


@pytest.fixture
def command(monkeypatch, tmp_path):
    """Run a command in a state folder of its own, on ports of its own."""
    monkeypatch.setenv("DECISION766_HOME", str(tmp_path / "home"))
    for port in ("DATABASE", "SIMULATOR", "AIRFLOW"):
        monkeypatch.setenv(f"DECISION766_{port}_PORT", str(free_port()))
    get_settings.cache_clear()
    yield lambda *arguments: CliRunner().invoke(app, list(arguments))
    CliRunner().invoke(app, ["down", "--delete-data"])
    monkeypatch.undo()
    get_settings.cache_clear()


def _said(result) -> str:
    return re.sub(r"\s+", " ", result.output)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example(words):
    result = CliRunner().invoke(app, [*words, "--help"])
    assert result.exit_code == 0
    assert re.search(r"Example: .*decision766", _said(result))


def test_help_lists_every_command():
    result = CliRunner().invoke(app, ["--help"])
    for words in COMMANDS:
        assert re.search(rf"\b{words[0]}\b", result.output)


@pytest.mark.parametrize(
    ("arguments", "message", "step"),
    [
        (["score", "--inbox", "nowhere-766", "--period", "2026-08"], "There is no folder", "Name the folder"),
        (["score", "--inbox", ".", "--period", "August"], "«August» is no period", "2026-Q3"),
        (["score", "--inbox", ".", "--period", "2099-01"], "has not begun", "Name one"),
        (["score", "--inbox", ".", "--period", "2026-08", "--evaluated-at", "now"], "no date-time", "+07:00"),
        (["ingest", "province_h21"], "unknown source 'province_h21'", "Did you mean province_h"),
    ],
)
def test_wrong_input_gets_one_message_with_the_next_step(command, arguments, message, step):
    result = command(*arguments)
    assert result.exit_code == 1
    assert message in _said(result)
    assert step in _said(result)
    assert "Traceback" not in result.output


def test_an_empty_folder_is_no_inbox(command, tmp_path):
    (tmp_path / "inbox").mkdir()
    result = command("score", "--inbox", str(tmp_path / "inbox"), "--period", "2026-08")
    assert result.exit_code == 1
    assert "holds no file" in _said(result)
    assert "dossiers.ndjson" in _said(result)


@pytest.mark.warehouse
def test_a_scorecard_before_the_first_run_says_to_run(command):
    result = command("scorecard", "--unit", "H12", "--period", "2026-08")
    assert result.exit_code == 1
    assert "not been built yet" in _said(result)
    assert "decision766 run" in _said(result)
    assert "Traceback" not in result.output
    assert "stopped" in command("status").output  # what it started, it stopped


@pytest.mark.warehouse
def test_the_database_starts_stops_and_tells_its_state(command):
    assert "started on port" in _said(command("db", "start"))
    assert "already runs" in _said(command("db", "start"))
    assert re.search(r"postgres +running", command("status").output)
    assert command("db", "url").output.strip().startswith("postgresql://decision766@127.0.0.1:")
    assert "postgres stopped" in _said(command("down"))
    assert "Nothing of this project was running" in _said(command("down"))


def test_a_busy_port_is_named_with_a_free_one(command, monkeypatch):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv("DECISION766_DATABASE_PORT", str(port))
        get_settings.cache_clear()
        result = command("db", "start")
        assert result.exit_code == 1
        assert f"Port {port}, which PostgreSQL needs" in _said(result)
        assert "DECISION766_DATABASE_PORT=" in _said(result)


def test_periods_are_read_as_people_write_them():
    assert [read_period(text).label for text in ("2026-08", " 2026-q3", "2026")] == [
        "2026-08",
        "2026-Q3",
        "2026",
    ]
    for wrong in ("2026-13", "2026-Q5", "08/2026", ""):
        with pytest.raises(CommandError):
            read_period(wrong)


def test_an_instant_without_offset_is_local_time():
    assert read_instant("2026-08-31T23:59:59").isoformat() == "2026-08-31T23:59:59+07:00"
    assert read_instant("2026-08-31T23:59:59+00:00").isoformat() == "2026-08-31T23:59:59+00:00"


def test_a_closed_period_is_judged_at_its_last_second():
    assert end_or_now(read_period("2025-05")).isoformat() == "2025-05-31T23:59:59+07:00"


def test_errors_of_the_machine_are_explained():
    assert explain(PlatformError("what", "next")) == ("what", "next")
    assert explain(OSError(28, "No space left on device"))[0] == "The disk is full."
    assert explain(KeyError("x"))[0].startswith("unexpected KeyError")
