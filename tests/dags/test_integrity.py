"""The DAGs as Airflow reads them: there, complete, quick to parse, and wired as their pages say."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from decision766.platform.airflow_env import airflow_environment
from decision766.settings import Settings
from decision766.sources.config import FAMILIES, load_sources

ROOT = Path(__file__).resolve().parents[2]
DAGS = [
    *("build_indicator_marts", "enforce_retention", "ingest_national_portal", "ingest_provincial_systems"),
    *("reread_provincial_systems", "replay_quarantine", "report_campaign_weekly", "report_quarterly"),
]
INGESTING = [
    dag_id for dag_id in DAGS if dag_id.startswith("ingest_") or dag_id == "reread_provincial_systems"
]
REPLAYING = "replay_quarantine"
REPORTING = ("report_campaign_weekly", "report_quarterly")
POOLS = json.loads((ROOT / "plugins" / "decision766_airflow" / "pools.json").read_text())
LEAST_RULES_PER_PAGE = 3


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("airflow")
    environment = airflow_environment(Settings(home=folder))
    # No metadata database: parsing must not need one.
    environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = f"sqlite:///{folder}/none.db"
    script = Path(__file__).with_name("parse_facts.py")
    subprocess.run(
        [sys.executable, str(script), str(folder / "facts.json")],
        env=environment,
        check=True,
        capture_output=True,
        timeout=120,
    )
    return json.loads((folder / "facts.json").read_text())


def test_all_are_there(facts):
    assert facts["import_errors"] == {}
    assert sorted(facts["dags"]) == sorted(DAGS)


def test_parsing_is_quick_and_touches_nothing(facts):
    assert facts["touched"] == []
    # Settings and schedules alone: no other room of ours, no dbt, no Great Expectations, no pandas.
    assert facts["modules"] == ["decision766.schedules", "decision766.settings"]
    assert facts["seconds"] < 5


@pytest.mark.parametrize("dag_id", DAGS)
def test_a_page_tells_what_when_and_what_to_do(facts, dag_id):
    dag = facts["dags"][dag_id]
    for part in ("**What.**", "**When.**", "**When it fails.**"):
        assert part in dag["doc_md"]
    assert dag["description"]
    assert "decision766" in dag["tags"]
    named = set(re.findall(r"^\* `(\w+)` red", dag["doc_md"], flags=re.M))
    assert len(named) >= 2
    assert named <= {task.rpartition(".")[2] for task in dag["tasks"]}


@pytest.mark.parametrize("dag_id", DAGS)
def test_every_dag_keeps_the_conventions(facts, dag_id):
    dag = facts["dags"][dag_id]
    assert dag["catchup"] is False
    assert dag["max_active_runs"] == 1
    asked = ["evaluated_at", *(["sources", "window_from", "window_to"] if dag_id in INGESTING else [])]
    if dag_id == REPLAYING:
        asked = ["by", "effect", "ids", "preview", "rule", "source", "unit"]
    if dag_id in REPORTING:
        asked = ["campaign", "evaluated_at", "units"]
    assert dag["params"] == asked
    assert dag["tasks"]
    for name, task in dag["tasks"].items():
        assert task["owner"] == "decision766", name
        assert task["backoff"], name
        assert task["retries"] == (0 if name == "summarise" else 2), name
        assert task["has_failure_callback"], name
        assert 0 < task["timeout"] <= 2 * 3600, name
        assert task["pool"] in {*POOLS, "default_pool"}, name


@pytest.mark.parametrize("dag_id", INGESTING)
def test_a_failing_source_holds_up_no_other_and_not_the_build(facts, dag_id):
    tasks = facts["dags"][dag_id]["tasks"]
    assert set(tasks) == {"sources", "source.ingest", "source.validate", "announce", "report", "summarise"}
    assert tasks["source.ingest"]["in_mapped_group"]
    assert tasks["source.validate"]["in_mapped_group"]
    for name in ("source.validate", "announce", "report", "summarise"):
        assert tasks[name]["trigger_rule"].lower().endswith("all_done"), name
    assert tasks["summarise"]["upstream"] == [
        "announce",
        "report",
    ]  # the only leaf: it decides the run's colour
    assert [name for name, task in tasks.items() if task["outlets"]] == ["announce"]


def test_the_build_is_woken_by_either_ingestion_and_by_a_replay(facts):
    dags = facts["dags"]
    told = [
        asset for dag_id in [*INGESTING, REPLAYING] for asset in dags[dag_id]["tasks"]["announce"]["outlets"]
    ]
    assert sorted(set(told)) == dags["build_indicator_marts"]["woken_by"]
    assert dags["build_indicator_marts"]["schedule"] == "AssetAny"
    assert {task["pool"] for task in dags["build_indicator_marts"]["tasks"].values()} == {"warehouse"}
    assert {dag_id: dags[dag_id]["schedule"] for dag_id in INGESTING} == {
        "ingest_national_portal": "CronTriggerTimetable",
        "ingest_provincial_systems": "CronTriggerTimetable",
        "reread_provincial_systems": "CronDataIntervalTimetable",
    }


@pytest.mark.parametrize("dag_id", INGESTING)
def test_every_ingesting_dag_can_be_backfilled_window_by_window(facts, dag_id):
    """Airflow refuses a DAG without a period; a window without length would read nothing."""
    timetable = facts["dags"][dag_id]["intervals"]
    assert timetable["periodic"]
    hours = {"ingest_provincial_systems": 1}.get(dag_id, 24)
    assert timetable["hours"] == [hours, hours]
    assert timetable["adjacent"]  # what one window leaves, the next one takes up


def test_a_replay_is_asked_for_and_never_meets_a_build(facts):
    dag = facts["dags"][REPLAYING]
    assert dag["schedule"] == "NoneType"
    assert dag["tasks"]["replay"]["pool"] == "warehouse"
    assert dag["tasks"]["announce"]["upstream"] == ["replay"]


@pytest.mark.parametrize("dag_id", REPORTING)
def test_a_report_is_issued_for_each_unit_that_owes_one_and_then_mailed(facts, dag_id):
    dag = facts["dags"][dag_id]
    assert dag["schedule"] == "ReportTimetable"  # its instants: tests/dags/test_report_dags.py
    assert dag["tasks"]["issue"]["upstream"] == ["units_due"]
    assert dag["tasks"]["mail"]["upstream"] == ["issue"]
    assert {task["pool"] for task in dag["tasks"].values()} == {"warehouse"}


def test_each_source_is_held_to_the_pool_that_its_yaml_names(facts):
    pool_of_family = {
        "dvcqg_evaluation": facts["dags"]["ingest_national_portal"]["tasks"]["source.ingest"]["pool"],
        **dict.fromkeys(
            ("dvcqg_exchange", "igate", "database", "file_drop"),
            facts["dags"]["ingest_provincial_systems"]["tasks"]["source.ingest"]["pool"],
        ),
    }
    pool_of_family["dvcqg_gateway"] = pool_of_family["dvcqg_evaluation"]
    sources = load_sources(ROOT / "include" / "sources", enabled_only=False)
    assert len(sources) >= 12
    assert {source.family for source in sources} == set(FAMILIES)
    for source in sources:
        assert source.pool == pool_of_family[source.family], source.id
        assert source.pool in POOLS
    assert POOLS["national_portal"]["slots"] == 1


@pytest.mark.parametrize("path", sorted((ROOT / "dags").glob("*.py")), ids=lambda path: path.name)
def test_a_dag_file_is_read_in_a_minute(path):
    assert path.read_text().count("\n") <= 60
