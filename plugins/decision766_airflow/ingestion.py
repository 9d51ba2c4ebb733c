"""The tasks of an ingesting DAG: one pair per source YAML, then a wake-up for the build, then a verdict."""

from airflow.sdk import Asset, TriggerRule, get_current_context, task, task_group

from decision766_airflow.conventions import evaluated_at

NAME_OF_SOURCE = "{{ task.op_kwargs['source_id'] }}"


def ingest_family(*families: str, pool: str, outlet: Asset) -> None:
    """Wire the ingestion of every enabled source YAML of `families` into the current DAG.

    sources → source (mapped: ingest → validate) → announce, report → summarise. A failing source holds
    up no other: each keeps its own pair, `announce` wakes the build whatever happened, `report` writes
    the validation reports, and `summarise` ends the run red when anything failed.
    """

    @task
    def sources() -> list[str]:
        from decision766.settings import get_settings
        from decision766.sources.config import load_sources

        return [
            source.id for source in load_sources(get_settings().sources_folder) if source.family in families
        ]

    @task(pool=pool, map_index_template=NAME_OF_SOURCE)
    def ingest(source_id: str) -> list[str]:
        return _ingest(source_id)

    @task(trigger_rule=TriggerRule.ALL_DONE, map_index_template=NAME_OF_SOURCE)
    def validate(source_id: str) -> int:
        return _validate(source_id)

    @task_group
    def source(source_id: str) -> None:
        ingest(source_id=source_id) >> validate(source_id=source_id)

    @task(outlets=[outlet], trigger_rule=TriggerRule.ALL_DONE)
    def announce() -> None:
        """Wake the build; what it has to do stands in audit.work_ledger."""

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def report() -> int:
        return write_validation_reports()

    @task(trigger_rule=TriggerRule.ALL_DONE, retries=0)
    def summarise() -> None:
        _summarise()

    source.expand(source_id=sources()) >> [announce(), report()] >> summarise()


def _ingest(source_id: str) -> list[str]:
    from decision766.lineage import tell_loads
    from decision766.pipeline.ingest import ingest_source
    from decision766.settings import get_settings
    from decision766.sources.config import find_source
    from decision766.warehouse.connect import warehouse_engine
    from decision766_airflow.hooks import SourceHook
    from decision766_airflow.lineage import parent_run

    context = get_current_context()
    config = find_source(get_settings().sources_folder, source_id)
    summary = ingest_source(
        warehouse_engine(),
        config,
        SourceHook(config.connection).get_conn(),
        run_id=context["dag_run"].run_id,
        observed_at=evaluated_at(context),
    )
    tell_loads(warehouse_engine(), context["dag_run"].run_id, source_id, parent=parent_run(context))
    summary.raise_for_failures()
    return summary.batch_ids


def _validate(source_id: str) -> int:
    """Prove every batch of the source that waits for it, also those of a run that broke off."""
    import datetime as dt

    from airflow.sdk.exceptions import AirflowFailException

    from decision766.lineage import tell_validations
    from decision766.pipeline.prove import validate_source
    from decision766.validation import BatchBlocked
    from decision766.warehouse.connect import warehouse_engine
    from decision766_airflow.lineage import parent_run

    engine, began = warehouse_engine(), dt.datetime.now(dt.UTC)
    try:
        return len(validate_source(engine, source_id))
    except BatchBlocked as error:  # the data are wrong: another try would say the same
        raise AirflowFailException(str(error)) from error
    finally:
        tell_validations(engine, source_id, began, parent=parent_run(get_current_context()))


def write_validation_reports() -> int:
    """Bring the validation reports up to date; return how many runs they tell of for the first time."""
    import logging

    from decision766.reporting.validation import write_reports
    from decision766.warehouse.connect import warehouse_engine

    summary = write_reports(warehouse_engine())
    logging.getLogger("decision766.airflow").info(
        "validation reports: %d runs, %d files in %.1f s, %s",
        *(summary.runs, summary.files, summary.seconds, summary.index),
    )
    return summary.runs


def _summarise() -> None:
    import logging

    from airflow.sdk.exceptions import AirflowFailException

    from decision766.pipeline.prove import summarise_run
    from decision766.warehouse.connect import warehouse_engine

    context = get_current_context()
    run = context["dag_run"]
    summary = summarise_run(warehouse_engine(), run.run_id)
    for line in summary.lines():
        logging.getLogger("decision766.airflow").info(line)
    failed = context["ti"].get_ti_count(
        dag_id=run.dag_id, run_ids=[run.run_id], states=["failed", "upstream_failed"]
    )
    if failed:
        causes = "; ".join(summary.failures) or "see the log of the red tasks"
        raise AirflowFailException(f"{failed} tasks of this run failed: {causes}")
