"""The operator that reads one source, and gives its worker back while the source must not be asked."""

import datetime as dt
import logging
import os
from collections.abc import Sequence
from typing import Any

from airflow.sdk import BaseOperator

from decision766_airflow.conventions import evaluated_at
from decision766_airflow.windows import next_scheduled, window_of

log = logging.getLogger("decision766.airflow")
# Set where no scheduler is at work (`decision766 run`, dag.test()): nothing may wait there.
ONE_SHOT = "DECISION766_ONE_SHOT"
# A source that asks for patience again and again is a failure in the end.
MOST_WAITS = 3


class IngestSourceOperator(BaseOperator):
    """Read one source into landing and raw; returns the ids of the new batches.

    Quiet hours, another reader at work, a circuit breaker's cool-down and a Retry-After beyond the YAML's
    max_wait_seconds are waited for in the triggerer, without a worker and without a slot of the pool, and
    then the source is read. A wait that would reach past the DAG's next scheduled run is left to that run.
    In a one-shot run (DECISION766_ONE_SHOT) nothing waits. Where it is not waited for, a postponed source
    is skipped and a source that refused fails; audit.outcome says which and until when.

    source_id: id of a YAML in include/sources (templated). whole_interval: every run reads its data
    interval, as a backfill does.
    """

    template_fields: Sequence[str] = ("source_id",)

    def __init__(self, *, source_id: str, whole_interval: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        self.source_id, self.whole_interval = source_id, whole_interval

    def execute(self, context: Any) -> list[str]:
        """Read the source, or begin to wait for it."""
        return self._read(context, waits=0)

    def resume(self, context: Any, event: Any = None, waits: int = 1) -> list[str]:
        """Read the source after a wait."""
        return self._read(context, waits)

    def _read(self, context: Any, waits: int) -> list[str]:
        from airflow.sdk.exceptions import AirflowSkipException

        summary = self._ingest(context)
        until = summary.waits_until
        if until is not None and waits < MOST_WAITS and _may_wait(context, until):
            from airflow.providers.standard.triggers.temporal import DateTimeTrigger

            log.info("source %s is asked again at %s", self.source_id, until.isoformat(timespec="seconds"))
            self.defer(
                trigger=DateTimeTrigger(moment=until), method_name="resume", kwargs={"waits": waits + 1}
            )
        summary.raise_for_failures()
        if summary.postponed:
            raise AirflowSkipException(f"source {self.source_id}: {summary.postponed[0].cause}")
        return list(summary.batch_ids)

    def _ingest(self, context: Any) -> Any:
        from airflow.sdk.exceptions import AirflowFailException

        from decision766.lineage import tell_loads
        from decision766.pipeline.ingest import ingest_source
        from decision766.pipeline.unasked import record_unasked
        from decision766.settings import get_settings
        from decision766.sources.config import find_source
        from decision766.warehouse.connect import warehouse_engine
        from decision766_airflow.hooks import SourceHook
        from decision766_airflow.lineage import parent_run

        config = find_source(get_settings().sources_folder, self.source_id)
        engine, run_id = warehouse_engine(), context["dag_run"].run_id
        if config.pool != self.pool:
            cause = f"the pool of this DAG's sources is {self.pool}; set `pool: {self.pool}` in its YAML"
            record_unasked(engine, config, run_id=run_id, kind="settings", cause=cause)
            raise AirflowFailException(f"source {config.id}: {cause}")
        try:
            connection = SourceHook(config.connection).get_conn()
        except Exception as error:  # whatever it is, the attempt leaves an outcome
            cause = f"connection {config.connection} cannot be used: {_told(error)}"
            record_unasked(engine, config, run_id=run_id, kind="connection", cause=cause)
            raise
        summary = ingest_source(
            engine,
            config,
            connection,
            run_id=run_id,
            observed_at=evaluated_at(context),
            window=window_of(context, whole_interval=self.whole_interval),
        )
        tell_loads(engine, run_id, self.source_id, parent=parent_run(context))
        return summary


def _told(error: Exception) -> str:
    """What may be kept of an error about a connection: of one that is not ours its type alone."""
    from decision766.sources import ConnectionMissingError

    return str(error) if isinstance(error, ConnectionMissingError) else type(error).__name__


def _may_wait(context: Any, until: dt.datetime) -> bool:
    if os.environ.get(ONE_SHOT):
        return False
    following = next_scheduled(context["dag_run"])
    return following is None or until < following
