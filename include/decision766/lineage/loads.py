"""Lineage of loads and validations, read from the audit schema after the fact: the hot path knows nothing.

A load: from the source's record type and its landed objects to a raw table with its columns. A validation:
of a raw table, each rule an assertion. Counts, names and hashes only.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, text

from decision766.lineage.emit import (
    JOB_NAMESPACE,
    PRODUCER,
    Parent,
    dataset_namespace,
    iso,
    parent_facet,
    tell,
)
from decision766.settings import Settings, get_settings

OBJECTS_NAMED = 200
SEVERITY = {"block": "error", "quarantine": "error", "warn": "warn"}


def tell_loads(
    engine: Engine,
    run_id: str,
    source_id: str,
    *,
    parent: Parent | None = None,
    settings: Settings | None = None,
) -> int:
    """Tell what one run loaded of one source, failed reads included; return the number of events."""
    settings = settings or get_settings()

    def events() -> list[Any]:
        with engine.connect() as connection:
            found = connection.execute(
                _LOADS, {"run_id": run_id, "source": source_id, "named": OBJECTS_NAMED}
            )
            loads = [dict(row) for row in found.mappings()]
            columns = _columns(connection, sorted({load["entity"] for load in loads}))
        teller = _Teller(settings, parent)
        return [event for load in loads for event in teller.load(load, columns[load["entity"]])]

    return tell(f"loads of {source_id}", events, settings=settings)


def tell_validations(
    engine: Engine,
    source_id: str,
    since: dt.datetime,
    *,
    parent: Parent | None = None,
    settings: Settings | None = None,
) -> int:
    """Tell the validations of a source's batches that ended at `since` or later."""
    settings = settings or get_settings()

    def events() -> list[Any]:
        with engine.connect() as connection:
            runs = connection.execute(_VALIDATIONS, {"source": source_id, "since": since}).mappings().all()
        teller = _Teller(settings, parent)
        return [event for run in runs for event in teller.validation(dict(run))]

    return tell(f"validations of {source_id}", events, settings=settings)


class _Teller:
    """Makes the events of one task; openlineage is imported when the first is made."""

    def __init__(self, settings: Settings, parent: Parent | None):
        self.settings, self.parent = settings, parent
        self.database = settings.warehouse_database
        self.tables = dataset_namespace(settings)

    def load(self, load: Mapping[str, Any], columns: Sequence[Mapping[str, Any]]) -> list[Any]:
        from openlineage.client.event_v2 import InputDataset, OutputDataset  # noqa: PLC0415
        from openlineage.client.facet_v2 import (  # noqa: PLC0415
            error_message_run,
            input_statistics_input_dataset,
            output_statistics_output_dataset,
            schema_dataset,
        )
        from openlineage.client.generated import base_subset_dataset as subset  # noqa: PLC0415

        schema = schema_dataset.SchemaDatasetFacet(
            fields=[
                schema_dataset.SchemaDatasetFacetFields(
                    name=c["name"], type=c["type"], description=c["comment"]
                )
                for c in columns
            ]
        )
        source = InputDataset(
            namespace=f"{load['family']}://{load['source_id']}",
            name=load["entity"],
            facets=self._origin(load["data_origin"]),
        )
        landing_facets: dict[str, Any] = {
            "inputStatistics": input_statistics_input_dataset.InputStatisticsInputDatasetFacet(
                rowCount=load["rows_received"], size=load["bytes"], fileCount=load["objects"]
            )
        }
        if load["paths"]:
            landing_facets["subset"] = subset.InputSubsetInputDatasetFacet(
                inputCondition=subset.LocationSubsetCondition(locations=load["paths"])
            )
        landing = InputDataset(
            namespace=_landing_namespace(self.settings.landing_root),
            name=f"{load['source_id']}/{load['entity']}",
            inputFacets=landing_facets,
        )
        table = OutputDataset(
            namespace=self.tables,
            name=f"{self.database}.raw.{load['entity']}",
            facets={"schema": schema},
            outputFacets={
                "outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
                    rowCount=load["rows_new"]
                )
            },
        )
        failed = load["status"] == "failed"
        facets = {}
        if failed:
            facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(
                message=load["error_message"] or load["error_kind"] or "failed", programmingLanguage="PYTHON"
            )
        return self._pair(
            f"load.{load['source_id']}.{load['entity']}",
            str(uuid.uuid5(uuid.UUID(int=766), f"outcome {self.database} {load['outcome_id']}")),
            load,
            inputs=[source, landing],
            outputs=[] if failed else [table],
            facets=facets,
            failed=failed,
        )

    def validation(self, run: Mapping[str, Any]) -> list[Any]:
        from openlineage.client.event_v2 import InputDataset, OutputDataset  # noqa: PLC0415
        from openlineage.client.facet_v2 import (  # noqa: PLC0415
            data_quality_assertions_dataset,
            data_quality_metrics_input_dataset,
            output_statistics_output_dataset,
        )

        assertions = [
            data_quality_assertions_dataset.Assertion(
                assertion=rule["rule_id"],
                name=rule["rule_id"],
                success=rule["success"],
                column=rule["rule_id"].split(".")[1] if rule["rule_id"].count(".") == 2 else None,
                severity=SEVERITY.get(rule["severity"], "error"),
                expected="0",
                actual=str(rule["unexpected_count"]),
            )
            for rule in run["rules"]
        ]
        table = InputDataset(
            namespace=self.tables,
            name=f"{self.database}.raw.{run['entity']}",
            facets=self._origin(run["data_origin"]),
            inputFacets={
                "dataQualityAssertions": data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(
                    assertions=assertions
                ),
                "dataQualityMetrics": data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet(
                    columnMetrics={}, rowCount=run["rows_evaluated"]
                ),
            },
        )
        quarantine = OutputDataset(
            namespace=self.tables,
            name=f"{self.database}.audit.quarantine",
            outputFacets={
                "outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
                    rowCount=run["rows_quarantined"]
                )
            },
        )
        name = f"validate.{run['source_id']}.{run['entity']}"
        return self._pair(
            name, run["run_id"], run, inputs=[table], outputs=[quarantine], facets={}, failed=False
        )

    def _pair(
        self,
        name: str,
        run_id: str,
        times: Mapping[str, Any],
        *,
        inputs: list[Any],
        outputs: list[Any],
        facets: dict[str, Any],
        failed: bool,
    ) -> list[Any]:
        """Return the beginning and the end of a run; datasets stand on the end."""
        from openlineage.client.event_v2 import Job, Run, RunEvent, RunState  # noqa: PLC0415
        from openlineage.client.facet_v2 import job_type_job  # noqa: PLC0415

        kind = job_type_job.JobTypeJobFacet(processingType="BATCH", integration="DECISION766", jobType="TASK")
        job = Job(namespace=JOB_NAMESPACE, name=name, facets={"jobType": kind})
        parents = parent_facet(self.parent)
        begin = RunEvent(
            eventTime=iso(times["started_at"]),
            eventType=RunState.START,
            run=Run(runId=run_id, facets=parents),
            job=job,
            producer=PRODUCER,
        )
        end = RunEvent(
            eventTime=iso(times["finished_at"]),
            eventType=RunState.FAIL if failed else RunState.COMPLETE,
            run=Run(runId=run_id, facets=parents | facets),
            job=job,
            inputs=inputs,
            outputs=outputs,
            producer=PRODUCER,
        )
        return [begin, end]

    def _origin(self, data_origin: str) -> dict[str, Any]:
        from openlineage.client.facet_v2 import tags_dataset  # noqa: PLC0415

        tag = tags_dataset.TagsDatasetFacetFields(key="data_origin", value=data_origin, source="DECISION766")
        return {"tags": tags_dataset.TagsDatasetFacet(tags=[tag])}


def _landing_namespace(root: str) -> str:
    """Namespace of the landing zone: its bucket, or `file`."""
    scheme, found, rest = root.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}" if found else "file"


def _columns(connection: Connection, entities: Sequence[str]) -> dict[str, list[Mapping[str, Any]]]:
    columns: dict[str, list[Mapping[str, Any]]] = {entity: [] for entity in entities}
    for row in connection.execute(_COLUMNS, {"entities": list(entities)}).mappings():
        columns[row["entity"]].append(dict(row))
    return columns


_LOADS = text("""
    select distinct on (outcome.entity) outcome.outcome_id, outcome.entity, outcome.status,
        outcome.started_at, outcome.finished_at, outcome.rows_received, outcome.rows_new, outcome.bytes,
        outcome.error_kind, outcome.error_message, outcome.source_id, source.family, source.data_origin,
        landed.objects, landed.paths
    from audit.outcome
    inner join audit.source using (source_id)
    left join lateral (
        select count(*) as objects, (array_agg(distinct object.path))[1:(:named)] as paths
        from audit.batch
        inner join audit.landed_object as object on object.object_id = any(batch.object_ids)
        where batch.batch_id = outcome.batch_id and batch.run_id = outcome.run_id
    ) as landed on true
    where outcome.run_id = :run_id and outcome.source_id = :source and outcome.status in ('loaded', 'failed')
    order by outcome.entity, outcome.outcome_id desc
""")

_COLUMNS = text("""
    select class.relname as entity, attribute.attname as name,
        format_type(attribute.atttypid, attribute.atttypmod) as type,
        col_description(class.oid, attribute.attnum) as comment
    from pg_class as class
    inner join pg_attribute as attribute on attribute.attrelid = class.oid
    where class.relnamespace = 'raw'::regnamespace and class.relname = any(:entities)
        and attribute.attnum > 0 and not attribute.attisdropped
    order by class.relname, attribute.attnum
""")

_VALIDATIONS = text("""
    select run.validation_run_id::text as run_id, run.started_at, run.finished_at, run.rows_evaluated,
        run.rows_quarantined, batch.entity, batch.source_id, batch.data_origin,
        coalesce(judged.rules, '[]'::jsonb) as rules
    from audit.validation_run as run
    inner join audit.batch using (batch_id)
    left join lateral (
        select jsonb_agg(jsonb_build_object('rule_id', rule_id, 'success', success, 'severity', severity,
            'unexpected_count', unexpected_count) order by rule_id) as rules
        from audit.rule_result as result where result.validation_run_id = run.validation_run_id
    ) as judged on true
    where batch.source_id = :source and run.finished_at >= :since
    order by run.finished_at
""")
