"""What lineage tells of loads and validations: datasets that join dbt's, columns, assertions, no value."""

import datetime as dt
import json

import pytest
from openlineage.client.event_v2 import RunEvent
from sqlalchemy import text
from tests.reporting.past import add_past

from decision766.lineage import Parent, tell_loads, tell_validations
from decision766.lineage.builds import _keep_real_columns
from decision766.lineage.emit import dataset_namespace

pytestmark = pytest.mark.warehouse

PARENT = Parent(
    run_id="01960000-0000-7000-8000-000000000001",
    job_name="ingest_provincial_systems.source.ingest",
    root_run_id="01960000-0000-7000-8000-000000000002",
    root_job_name="ingest_provincial_systems",
)


@pytest.fixture
def told(warehouse, settings):
    """Events of the reads of one source: 16 entities each, one of them failed."""
    add_past(warehouse, 80)
    with warehouse.connect() as connection:
        [(run_id, source_id)] = connection.execute(
            text("select distinct run_id, source_id from audit.outcome where status = 'failed'")
        ).all()
    loads = tell_loads(warehouse, run_id, source_id, parent=PARENT, settings=settings)
    began = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    proofs = tell_validations(warehouse, source_id, began, parent=PARENT, settings=settings)
    lines = (settings.lineage_folder / "events.ndjson").read_text().splitlines()
    assert len(lines) == loads + proofs
    return [json.loads(line) for line in lines]


def ends(events, job: str) -> list[dict]:
    return [e for e in events if e["job"]["name"].startswith(job) and e["eventType"] != "START"]


def test_every_read_is_told_and_the_failed_one_as_failed(told):
    loads = ends(told, "load.")
    assert len(loads) == 16
    assert [e["eventType"] for e in loads].count("FAIL") == 1
    assert sum(e["eventType"] == "START" for e in told) == len(told) / 2
    [failed] = [e for e in loads if e["eventType"] == "FAIL"]
    assert failed["outputs"] == []
    assert failed["run"]["facets"]["errorMessage"]["message"]


def test_a_load_leads_from_landed_objects_to_a_table_with_columns(told, settings):
    [load] = [e for e in ends(told, "load.") if e["job"]["name"].endswith(".dossier")]
    source, landing = load["inputs"]
    assert (source["name"], source["facets"]["tags"]["tags"][0]["value"]) == ("dossier", "synthetic")
    [path] = landing["inputFacets"]["subset"]["inputCondition"]["locations"]
    assert path.startswith("landing/")
    assert landing["inputFacets"]["inputStatistics"]["rowCount"] > 0
    [table] = load["outputs"]
    assert table["namespace"] == dataset_namespace(settings)
    assert table["name"] == f"{settings.warehouse_database}.raw.dossier"
    columns = {field["name"]: field["type"] for field in table["facets"]["schema"]["fields"]}
    assert columns["received_at"] == "timestamp with time zone"
    assert columns["raw_id"] == "bigint"


def test_a_validation_is_an_assertion_per_rule(told, warehouse):
    validations = ends(told, "validate.")
    with warehouse.connect() as connection:
        rules = dict(
            connection.execute(
                text("select validation_run_id::text, count(*) from audit.rule_result group by 1")
            ).all()
        )
    assert validations
    for event in validations:
        assertions = event["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
        assert len(assertions) == rules[event["run"]["runId"]]
    failing = [
        assertion
        for event in validations
        for assertion in event["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
        if not assertion["success"]
    ]
    assert failing
    assert {assertion["actual"] for assertion in failing} == {"3"}


def test_each_run_names_airflows_task_as_its_parent(told):
    for event in told:
        parent = event["run"]["facets"]["parent"]
        assert parent["run"]["runId"] == PARENT.run_id
        assert parent["job"]["name"] == PARENT.job_name
        assert parent["root"]["run"]["runId"] == PARENT.root_run_id


def test_no_key_of_a_record_is_told(told):
    assert "H12.07-" not in json.dumps(told)  # the form of every quarantined key of the past


def test_telling_a_run_again_gives_the_same_ids(warehouse, settings, told):
    before = {e["run"]["runId"] for e in told}
    run = ends(told, "load.")[0]
    again = tell_loads(warehouse, "run-4", run["job"]["name"].split(".")[1], settings=settings)
    lines = (settings.lineage_folder / "events.ndjson").read_text().splitlines()[-again:]
    assert {json.loads(line)["run"]["runId"] for line in lines} <= before


def test_only_relations_that_a_model_reads_are_origins_of_its_columns():
    from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunState
    from openlineage.client.facet_v2 import column_lineage_dataset as columns

    def origin(name):
        return columns.InputField(namespace="n", name=name, field="c")

    facet = columns.ColumnLineageDatasetFacet(
        fields={
            "a": columns.Fields(inputFields=[origin("db.staging.x"), origin("a_cte")]),
            "b": columns.Fields(inputFields=[origin("a_cte")]),
        }
    )
    event = RunEvent(
        eventTime="2026-09-28T08:00:00+07:00",
        eventType=RunState.COMPLETE,
        run=Run(runId=PARENT.run_id),
        job=Job("n", "j"),
        producer="urn:test",
        inputs=[InputDataset("n", "db.staging.x")],
        outputs=[OutputDataset("n", "db.marts.y", facets={"columnLineage": facet})],
    )
    _keep_real_columns(event)
    [output] = event.outputs
    kept = output.facets["columnLineage"].fields
    assert {name: [i.name for i in field.inputFields] for name, field in kept.items()} == {
        "a": ["db.staging.x"]
    }
