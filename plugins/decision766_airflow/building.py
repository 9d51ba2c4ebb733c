"""The task bodies of the building DAG."""

from airflow.sdk import get_current_context

from decision766_airflow.conventions import evaluated_at, log


def open_or_stop() -> str | None:
    """Open an evaluation over what the ledger holds; None, and the run ends here, if that is nothing."""
    from decision766.pipeline.build import open_evaluation
    from decision766.warehouse.connect import warehouse_engine

    context = get_current_context()
    return open_evaluation(
        warehouse_engine(), evaluated_at=evaluated_at(context), run_id=context["dag_run"].run_id
    )


def build(evaluation_id: str) -> str:
    """Run dbt for the evaluation; a further try opens a new one, with the failed one's batches."""
    from decision766.lineage import tell_build
    from decision766.pipeline.build import build_marts
    from decision766.warehouse.connect import warehouse_engine
    from decision766_airflow.lineage import parent_run

    context = get_current_context()
    if context["ti"].try_number > 1:
        evaluation_id = open_or_stop() or evaluation_id
    try:
        build_marts(warehouse_engine(), evaluation_id)
    finally:
        tell_build(parent=parent_run(context))
    return evaluation_id


def prove(evaluation_id: str) -> str:
    """Judge the marts by their rules; what a critical rule refuses is not published."""
    from airflow.sdk.exceptions import AirflowFailException

    from decision766.pipeline.build import prove_marts
    from decision766.validation import MartsBlocked
    from decision766.warehouse.connect import warehouse_engine

    try:
        prove_marts(warehouse_engine(), evaluation_id)
    except MartsBlocked as error:  # the figures are wrong: another try would say the same
        raise AirflowFailException(str(error)) from error
    return evaluation_id


def publish(evaluation_id: str) -> None:
    """Close the evaluation and append what it changed to the score ledger; once only, however often tried.

    What does not reach a stated total is named in the log.
    """
    from decision766.pipeline.build import publish_evaluation
    from decision766.reporting.completeness import shortfalls
    from decision766.warehouse.connect import warehouse_engine

    engine = warehouse_engine()
    publish_evaluation(engine, evaluation_id)
    for item in shortfalls(engine):
        log.warning("incomplete: %s", item.line())


def report() -> None:
    """Write the documentation of changed models, and what the validation reports do not tell yet."""
    from decision766.ledger.evidence import code_version
    from decision766.settings import get_settings
    from decision766.warehouse.dbt_docs import write_docs
    from decision766_airflow.ingestion import write_validation_reports

    write_docs(code_version=code_version(get_settings()))
    write_validation_reports()
