"""Rules as Great Expectations expectations, and one validation of a batch by them.

Great Expectations takes seconds to import, so everything of it is imported on first use, with its
telemetry off. It reads through connections of our own engine and sees the very snapshot that our
transaction sees, so that both count the same rows whatever other runs do meanwhile.
"""

import json
import logging
import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, Engine, event

from decision766.validation.errors import ValidationError
from decision766.validation.predicates import BatchFacts, failing, latest
from decision766.validation.rules import (
    Between,
    InSet,
    Matches,
    NotFuture,
    NotNull,
    Ordered,
    RowCount,
    Rule,
    Unique,
)

PLACEHOLDER_URL = "postgresql+psycopg://decision766@warehouse/warehouse"
RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0, "exclude_unexpected_values": True}

COUNTS = frozenset({
    "element_count", "missing_count", "missing_percent", "unexpected_count", "unexpected_percent",
    "unexpected_percent_nonmissing", "unexpected_percent_total",
})  # fmt: skip


@lru_cache(maxsize=1)
def great_expectations() -> SimpleNamespace:
    """Import Great Expectations once: its package `gx`, its expectations `gxe`, and one of our own."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx  # noqa: PLC0415 - seconds to import; not before it is needed
    from great_expectations import expectations as gxe  # noqa: PLC0415
    from great_expectations.data_context.types import base  # noqa: PLC0415

    logging.getLogger("great_expectations").setLevel(logging.ERROR)

    class ExpectQueryToFindNoRows(gxe.UnexpectedRowsExpectation):  # type: ignore[misc]
        """A query finds no rows of the batch, or no more than the share `tolerate` of them.

        Unlike its base it only counts: no row, and so no value of one, leaves the database.
        """

        tolerate: float = 0.0
        metric_dependencies = ("unexpected_rows_query.row_count", "table.row_count")
        success_keys = (*gxe.UnexpectedRowsExpectation.success_keys, "tolerate")

        def _validate(
            self, metrics: dict[str, Any], runtime_configuration: Any = None, execution_engine: Any = None
        ) -> dict[str, Any]:
            unexpected, rows = metrics["unexpected_rows_query.row_count"], metrics["table.row_count"]
            return {
                "success": within(unexpected, rows, self.tolerate),
                "result": {"observed_value": unexpected, "element_count": rows},
            }

    def config() -> Any:
        """No documentation site in a temporary folder, no progress bars, no telemetry."""
        return base.DataContextConfig(
            store_backend_defaults=base.InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            progress_bars={"globally": False, "metric_calculations": False},
            analytics_enabled=False,
        )

    return SimpleNamespace(gx=gx, gxe=gxe, config=config, ExpectQueryToFindNoRows=ExpectQueryToFindNoRows)


def within(unexpected: int, evaluated: int, tolerate: float | None) -> bool:
    """Whether so many failing rows are within what a rule tolerates."""
    if not unexpected:
        return True
    return evaluated > 0 and unexpected / evaluated <= (tolerate or 0)


def expectation(rule: Rule, facts: BatchFacts) -> Any:  # noqa: PLR0911 - one return per kind of check
    """Return the expectation of a rule: a native one where one fits, else the rule's own predicate."""
    names = great_expectations()
    gxe, check = names.gxe, rule.check
    common: dict[str, Any] = {
        "severity": "critical" if rule.severity == "block" else "warning",
        "meta": {"rule_id": rule.id, "rule_version": rule.version, "severity": rule.severity},
    }
    on_column = common | {"column": rule.field, "mostly": 1 - (rule.tolerate or 0)}
    match check:
        case NotNull():
            return gxe.ExpectColumnValuesToNotBeNull(**on_column)
        case InSet():
            return gxe.ExpectColumnValuesToBeInSet(value_set=list(check.values), **on_column)
        case Matches():
            return gxe.ExpectColumnValuesToMatchRegex(regex=check.pattern, **on_column)
        case Between():
            return gxe.ExpectColumnValuesToBeBetween(min_value=check.min, max_value=check.max, **on_column)
        case NotFuture():
            return gxe.ExpectColumnValuesToBeBetween(max_value=latest(check, facts), **on_column)
        case Ordered() if not rule.tolerate:
            return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=rule.field,
                column_B=check.not_before,
                or_equal=True,
                ignore_row_if="either_value_is_missing",
                **common,
            )
        case Unique(columns=(_, _, *_)) if not rule.tolerate:
            return gxe.ExpectCompoundColumnsToBeUnique(
                column_list=list(check.columns), ignore_row_if="any_value_is_missing", **common
            )
        case RowCount():
            return gxe.ExpectTableRowCountToBeBetween(min_value=check.min, max_value=check.max, **common)
    return names.ExpectQueryToFindNoRows(
        unexpected_rows_query=_query(rule, facts), tolerate=rule.tolerate or 0, **common
    )


def _query(rule: Rule, facts: BatchFacts) -> str:
    predicate = failing(rule, facts).replace("{", "{{").replace("}", "}}")
    if rule.on_whole_batch:
        return f"select 1 as failed from (select count(*) as n from {{batch}}) as r where {predicate}"
    return f"select r.raw_id from (select * from {{batch}}) as r where {predicate}"


class Judge:
    """An ephemeral Great Expectations context on one warehouse; not to be shared between threads."""

    def __init__(self, engine: Engine):
        names = great_expectations()
        self._source_engine = engine
        self._snapshot: str | None = None
        self._context = names.gx.get_context(mode="ephemeral", project_config=names.config())
        self._source = self._context.data_sources.add_postgres(
            "warehouse", connection_string=PLACEHOLDER_URL, kwargs={"creator": self._connect}
        )
        self._gx_engine: Engine = self._source.get_execution_engine().engine
        event.listen(self._gx_engine, "begin", self._enter_snapshot)

    def _connect(self) -> Any:
        """Hand over a connection of our own engine, so that no URL or password is ever given away."""
        pooled = self._source_engine.raw_connection()
        pooled.detach()
        return pooled.dbapi_connection

    def _enter_snapshot(self, connection: Connection) -> None:
        if self._snapshot:
            connection.exec_driver_sql(
                "set transaction isolation level repeatable read, read only; "
                f"set transaction snapshot '{self._snapshot}'"
            )

    @contextmanager
    def _seeing(self, snapshot: str) -> Iterator[None]:
        self._snapshot = snapshot
        try:
            yield
        finally:
            self._snapshot = None

    def close(self) -> None:
        """Close the connections handed over."""
        self._gx_engine.dispose()

    def validate(self, rules: Sequence[Rule], facts: BatchFacts, *, snapshot: str) -> dict[str, Any]:
        """Run all rules on the batch at once; the result as JSON, expectations in the order of `rules`.

        Raises:
            ValidationError: Great Expectations could not evaluate a rule.
        """
        names = great_expectations()
        name = f"{facts.entity}-{uuid.uuid4().hex}"
        query = f"select * from raw.{facts.entity} where batch_id = '{facts.batch_id}'"
        with self._seeing(snapshot):
            asset = self._source.add_query_asset(name, query=query)
            try:
                suite = names.gx.ExpectationSuite(name=facts.entity)
                for rule in rules:
                    suite.expectations.append(expectation(rule, facts))
                batch = asset.add_batch_definition_whole_table("batch").get_batch()
                result: dict[str, Any] = batch.validate(suite, result_format=RESULT_FORMAT).to_json_dict()
            finally:
                self._source.delete_asset(name)
        order = {rule.id: position for position, rule in enumerate(rules)}
        result["results"].sort(key=lambda item: order[item["expectation_config"]["meta"]["rule_id"]])
        broken = [
            item["expectation_config"]["meta"]["rule_id"]
            for item in result["results"]
            if item.get("exception_info", {}).get("raised_exception", True)
        ]
        if broken or len(result["results"]) != len(rules):
            raise ValidationError(
                f"batch {facts.batch_id}, {facts.entity}: Great Expectations could not evaluate "
                f"{', '.join(broken) or 'every rule'}; look for a wrong column or predicate in the rule"
            )
        return without_values(result)


def without_values(result: dict[str, Any]) -> dict[str, Any]:
    """Return a Great Expectations result without anything that could hold a value of a row.

    Kept: the expectation's configuration, success, counts and percentages. `observed_value` is kept
    only as a number. Exceptions keep their type, not their text.
    """
    stripped: dict[str, Any] = _strip(json.loads(json.dumps(result, default=str)))
    return stripped


def _strip(node: Any, *, inside: str = "") -> Any:
    if isinstance(node, list):
        return [_strip(item, inside=inside) for item in node]
    if not isinstance(node, dict):
        return node
    if inside == "result":
        return {
            key: value
            for key, value in node.items()
            if key in COUNTS or (key == "observed_value" and isinstance(value, int | float))
        }
    if inside == "exception_info":
        return {"raised_exception": bool(node.get("raised_exception"))}
    return {key: _strip(value, inside=key) for key, value in node.items()}
