"""The task bodies of the building DAG."""

from airflow.sdk import get_current_context

from decision766_airflow.conventions import evaluated_at


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
    from decision766.pipeline.build import build_marts
    from decision766.warehouse.connect import warehouse_engine

    if get_current_context()["ti"].try_number > 1:
        evaluation_id = open_or_stop() or evaluation_id
    build_marts(warehouse_engine(), evaluation_id)
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


def close(evaluation_id: str) -> None:
    """Mark the evaluation built."""
    from decision766.pipeline.build import close_evaluation
    from decision766.warehouse.connect import warehouse_engine

    close_evaluation(warehouse_engine(), evaluation_id)
