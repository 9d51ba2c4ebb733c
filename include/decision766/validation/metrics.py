"""Great Expectations, imported once, with an aggregate metric and the expectations that this project adds.

All of a suite's counts are aggregates over the same rows, so that Great Expectations asks for them in one
query, with those of its own expectations. Only counts leave the database: no row and no value of one.
"""

import datetime as dt
import json
import logging
import os
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from pydantic import TypeAdapter

from decision766.validation.checks import Check
from decision766.validation.measures import verdict

# What Great Expectations calls the rows of a query that is its only source.
BATCH_ALIAS = "anon_1"


def within(unexpected: int, evaluated: int, tolerate: float | None) -> bool:
    """Whether so many failing rows are within what a rule tolerates."""
    if not unexpected:
        return True
    return evaluated > 0 and unexpected / evaluated <= (tolerate or 0)


@lru_cache(maxsize=1)
def great_expectations() -> SimpleNamespace:
    """Import Great Expectations once: its package `gx`, its expectations `gxe`, and ours."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx  # noqa: PLC0415 - seconds to import; not before it is needed
    from great_expectations import expectations as gxe  # noqa: PLC0415
    from great_expectations.data_context.types import base  # noqa: PLC0415

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    _register_metrics()

    def config() -> Any:
        """No documentation site in a temporary folder, no progress bars, no telemetry."""
        return base.DataContextConfig(
            store_backend_defaults=base.InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            progress_bars={"globally": False, "metric_calculations": False},
            analytics_enabled=False,
        )

    return SimpleNamespace(gx=gx, gxe=gxe, config=config, **_expectations(gxe))


def _register_metrics() -> None:
    import sqlalchemy as sa  # noqa: PLC0415
    from great_expectations.core.metric_domain_types import MetricDomainTypes  # noqa: PLC0415
    from great_expectations.core.metric_function_types import MetricPartialFunctionTypes  # noqa: PLC0415
    from great_expectations.execution_engine import SqlAlchemyExecutionEngine  # noqa: PLC0415
    from great_expectations.expectations.metrics.metric_provider import metric_partial  # noqa: PLC0415
    from great_expectations.expectations.metrics.table_metric_provider import (  # noqa: PLC0415
        TableMetricProvider,
    )

    aggregate = metric_partial(
        engine=SqlAlchemyExecutionEngine,
        partial_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN,
        domain_type=MetricDomainTypes.TABLE,
    )

    class Aggregate(TableMetricProvider):  # type: ignore[misc]
        """An aggregate over the rows of the batch, given as SQL."""

        metric_name = "decision766.aggregate"
        value_keys = ("aggregate",)

        @aggregate  # type: ignore[untyped-decorator]
        def _sqlalchemy(cls: Any, metric_domain_kwargs: Any, metric_value_kwargs: Any, **unused: Any) -> Any:  # noqa: N805 - its base calls it on the class
            return sa.literal_column(metric_value_kwargs["aggregate"]), metric_domain_kwargs, {}

    class PairsOutOfOrder(TableMetricProvider):  # type: ignore[misc]
        """Rows whose `later` is before their `earlier`; a missing value is before and after nothing."""

        metric_name = "decision766.pairs_out_of_order"
        value_keys = ("later", "earlier")

        @aggregate  # type: ignore[untyped-decorator]
        def _sqlalchemy(cls: Any, metric_domain_kwargs: Any, metric_value_kwargs: Any, **unused: Any) -> Any:  # noqa: N805 - its base calls it on the class
            later: Any = sa.column(metric_value_kwargs["later"])
            earlier: Any = sa.column(metric_value_kwargs["earlier"])
            out_of_order = sa.case((later < earlier, 1), else_=0)
            return sa.func.coalesce(sa.func.sum(out_of_order), 0), metric_domain_kwargs, {}


def _expectations(gxe: Any) -> dict[str, Any]:
    from great_expectations.expectations.expectation import BatchExpectation  # noqa: PLC0415

    def counted(metrics: dict[str, Any], metric: str, tolerate: float) -> dict[str, Any]:
        unexpected, rows = int(metrics[metric] or 0), metrics["table.row_count"]
        return {
            "success": within(unexpected, rows, tolerate),
            "result": {"observed_value": unexpected, "element_count": rows},
        }

    class ExpectNoRowToFail(BatchExpectation):  # type: ignore[misc]
        """No row, or no more than the share `tolerate` of them, is counted by an aggregate."""

        aggregate: str
        tolerate: float = 0.0
        metric_dependencies = ("decision766.aggregate", "table.row_count")
        success_keys = ("aggregate", "tolerate")

        def _validate(self, metrics: dict[str, Any], **unused: Any) -> dict[str, Any]:
            return counted(metrics, "decision766.aggregate", self.tolerate)

    class ExpectPairsInOrder(BatchExpectation):  # type: ignore[misc]
        """In no row, or in no more than the share `tolerate` of them, is `later` before `earlier`."""

        later: str
        earlier: str
        tolerate: float = 0.0
        metric_dependencies = ("decision766.pairs_out_of_order", "table.row_count")
        success_keys = ("later", "earlier", "tolerate")

        def _validate(self, metrics: dict[str, Any], **unused: Any) -> dict[str, Any]:
            return counted(metrics, "decision766.pairs_out_of_order", self.tolerate)

    class ExpectUsualMeasure(BatchExpectation):  # type: ignore[misc]
        """What an aggregate measures is usual for the source, by the check given."""

        aggregate: str
        check: dict[str, Any]
        history: list[dict[str, Any]]
        observed_at: str
        metric_dependencies = ("decision766.aggregate",)
        success_keys = ("aggregate", "check", "history", "observed_at")

        def _validate(self, metrics: dict[str, Any], **unused: Any) -> dict[str, Any]:
            measured = metrics["decision766.aggregate"]
            measured = json.loads(measured) if isinstance(measured, str) else dict(measured)
            found = verdict(
                TypeAdapter(Check).validate_python(self.check),
                measured,
                self.history,
                dt.datetime.fromisoformat(self.observed_at),
            )
            return {"success": not found.fails, "result": {"observed_value": int(found.fails)}}

    class ExpectQueryToFindNoRows(gxe.UnexpectedRowsExpectation):  # type: ignore[misc]
        """A query finds nothing, or rows no more than the share `tolerate` of the batch.

        Unlike its base it only counts. at_most_one: whatever it finds counts as one failure, of the batch.
        """

        tolerate: float = 0.0
        at_most_one: bool = False
        metric_dependencies = ("unexpected_rows_query.row_count", "table.row_count")
        success_keys = (*gxe.UnexpectedRowsExpectation.success_keys, "tolerate", "at_most_one")

        def _validate(self, metrics: dict[str, Any], **unused: Any) -> dict[str, Any]:
            if not self.at_most_one:
                return counted(metrics, "unexpected_rows_query.row_count", self.tolerate)
            found = int(bool(metrics["unexpected_rows_query.row_count"]))
            return {"success": not found, "result": {"observed_value": found}}

    own = (ExpectNoRowToFail, ExpectPairsInOrder, ExpectUsualMeasure, ExpectQueryToFindNoRows)
    return {expectation.__name__: expectation for expectation in own}
