"""The tasks of an ingesting DAG: one pair per source YAML, then a wake-up for the build, then a verdict."""

from airflow.sdk import Asset, TriggerRule, get_current_context, task, task_group

from decision766_airflow.operators import IngestSourceOperator

NAME_OF_SOURCE = "{{ task.op_kwargs['source_id'] }}"
NAME_OF_READ_SOURCE = "{{ task.source_id }}"


def ingest_family(*families: str, pool: str, outlet: Asset, whole_interval: bool = False) -> None:
    """Wire the ingestion of every enabled source YAML of `families` into the current DAG.

    sources → source (mapped: ingest → validate) → announce, report → summarise. A failing source holds
    up no other: each keeps its own pair, `announce` wakes the build whatever happened, `report` writes
    the validation reports, and `summarise` ends the run red when anything failed. pool: holds all of
    them to its slots; the YAMLs must name it. whole_interval: each run reads its data interval again,
    whatever was read before.
    """

    @task
    def sources() -> list[str]:
        return _chosen(families)

    @task(trigger_rule=TriggerRule.ALL_DONE, map_index_template=NAME_OF_SOURCE)
    def validate(source_id: str) -> int:
        return _validate(source_id)

    @task_group
    def source(source_id: str) -> None:
        ingest = IngestSourceOperator(
            task_id="ingest",
            source_id=source_id,
            whole_interval=whole_interval,
            pool=pool,
            map_index_template=NAME_OF_READ_SOURCE,
        )
        ingest >> validate(source_id=source_id)

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


def _chosen(families: tuple[str, ...]) -> list[str]:
    """Ids of the sources of this run: those that its param names, else all that are enabled."""
    from decision766.settings import get_settings
    from decision766.sources.config import find_source, load_sources

    folder, asked = get_settings().sources_folder, get_current_context()["params"].get("sources")
    found = [find_source(folder, name) for name in asked] if asked is not None else load_sources(folder)
    return [source.id for source in found if source.family in families]


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
