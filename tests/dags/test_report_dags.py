"""The report DAGs run and are due by the rows of report_deadlines.csv, in a real Airflow too."""

import asyncio
import datetime as dt
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.reconciliation.mail_stub import mail_stub

from decision766.platform.airflow import migrate_airflow
from decision766.platform.airflow_env import airflow_environment
from decision766.platform.databases import drop_database, ensure_database
from decision766.reporting.periodic.due import DutyError, due_for, duties, next_start
from decision766.settings import PROJECT_ROOT, Settings

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
HERE = Path(__file__).parent


def _at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("kind", "at", "start", "due"),
    [
        ("weekly", "2023-04-03T00:00", "2023-04-07T08:00", "2023-04-07T16:00"),
        (
            "weekly",
            "2023-04-07T08:00",
            "2023-04-14T08:00",
            "2023-04-07T16:00",
        ),  # strictly after: the next week
        ("weekly", "2023-04-07T16:01", "2023-04-14T08:00", "2023-04-14T16:00"),
        ("weekly", "2023-12-30T00:00", "2024-01-05T08:00", "2024-01-05T16:00"),
        ("quarterly", "2026-07-01T00:00", "2026-09-14T07:00", "2026-09-16T00:00"),
        ("quarterly", "2026-09-15T23:59", "2026-12-14T07:00", "2026-09-16T00:00"),
        ("quarterly", "2026-12-20T00:00", "2027-03-14T07:00", "2027-03-16T00:00"),
    ],
)
def test_start_and_due_follow_the_rows(kind, at, start, due):
    assert next_start(PROJECT_ROOT, kind, _at(at)) == _at(start)
    assert due_for(PROJECT_ROOT, kind, _at(at)) == _at(due)


def _project(folder: Path, *changes: tuple[str, str]) -> Path:
    seed = Path("dbt_project") / "seeds" / "report_deadlines.csv"
    text = (PROJECT_ROOT / seed).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / seed).parent.mkdir(parents=True)
    (folder / seed).write_text(text, encoding="utf-8")
    return folder


def test_another_row_is_another_due_instant(tmp_path):
    project = _project(tmp_path, ("5,,,16:00", "3,,,09:30"))
    assert due_for(project, "weekly", _at("2023-04-03T00:00")) == _at("2023-04-05T09:30")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("5,,,16:00", "8,,,16:00"), r"row 1: due_weekday «8» is no whole number from 1 to 7"),
        (("5,,,16:00", "5,,,4 pm"), r"row 1: due_time «4 pm» is no time"),
        ((",3,16,", ",3,,"), r"row 2: due_before_day «» is no whole number"),
        (("quarterly,,3", "monthly,,3"), r"row 2: kind «monthly» is none of weekly, quarterly"),
    ],
)
def test_a_row_that_cannot_be_followed_names_row_and_field(tmp_path, change, said):
    with pytest.raises(DutyError, match=said):
        duties(_project(tmp_path, change))


def test_a_missed_deadline_is_told_in_the_log_and_by_mail_where_mail_is_set(
    settings, as_environment, tmp_path, caplog, capsys
):
    with pytest.MonkeyPatch.context() as patched, mail_stub() as server:
        patched.setenv("AIRFLOW_HOME", str(tmp_path))
        patched.syspath_prepend(str(PROJECT_ROOT / "plugins"))
        reports = importlib.import_module("decision766_airflow.reports")
        context = {"dag_run": {"dag_run_id": "scheduled__2026-09-14"}}
        as_environment(settings)
        asyncio.run(reports.tell_missed("quarterly", context=context))
        assert server.mails == []
        mailed = {"mail_to": "vp@example.gov.vn", "mail_from": "b@example.gov.vn", "mail_server": server.url}
        as_environment(settings.model_copy(update=mailed))
        asyncio.run(reports.tell_missed("quarterly", context=context))
    told = capsys.readouterr().out + caplog.text  # Airflow, once imported, writes logs its own way
    assert told.count("DEADLINE MISSED: the quarterly report of run scheduled__2026-09-14") == 2
    (mail,) = server.mails
    assert "Quá hạn báo cáo" in mail["Subject"]
    assert "scheduled__2026-09-14" in mail.get_content()


@pytest.fixture
def airflow(settings: Settings) -> Iterator[dict[str, str]]:
    """Environment of an Airflow with a metadata database of its own."""
    own = settings.model_copy(update={"airflow_database": f"{settings.warehouse_database}_airflow"})
    ensure_database(own, own.airflow_database)
    environment = airflow_environment(own)
    migrate_airflow(own, environment)
    yield environment
    drop_database(own, own.airflow_database)


@pytest.mark.slow
@pytest.mark.airflow
@pytest.mark.warehouse
def test_a_run_of_the_scheduler_gets_the_deadline_of_its_row(airflow):
    done = subprocess.run(
        [sys.executable, str(HERE / "deadline_facts.py"), "2026-09-11T08:00:00+07:00"],
        env=airflow,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    facts = json.loads(done.stdout.splitlines()[-1])
    instants = {
        dag_id: [dt.datetime.fromisoformat(text) for text in (found["next"], *found["deadlines"])]
        for dag_id, found in facts.items()
    }
    assert instants == {
        "report_campaign_weekly": [_at("2026-09-18T08:00"), _at("2026-09-11T16:00")],
        "report_quarterly": [_at("2026-09-14T07:00"), _at("2026-09-16T00:00")],
    }
    for found in facts.values():
        assert found["callbacks"] == ["decision766_airflow.reports.tell_missed"]
