"""Rules as Great Expectations expectations, and one validation of a batch by them.

Great Expectations takes seconds to import, so it is imported on first use (`metrics`). It reads through
connections of our own engine and sees the very snapshot that our transaction sees, so that both count the
same rows whatever other runs do meanwhile.
"""

import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from decision766.validation.checks import (
    Between,
    InSet,
    Matches,
    NoEmptyDay,
    NotFuture,
    NotNull,
    Ordered,
    RowCount,
    Volume,
)
from decision766.validation.counting import counting
from decision766.validation.errors import ValidationError
from decision766.validation.facts import BatchFacts
from decision766.validation.measures import empty_days, measure
from decision766.validation.metrics import BATCH_ALIAS, great_expectations
from decision766.validation.predicates import counts_apart, failing_apart, latest, literal
from decision766.validation.rules import Rule

# Registers and repeated keys are compared in memory; without it the planner may compare row by row.
WORK_MEM = "256MB"
PLACEHOLDER_URL = "postgresql+psycopg://decision766@warehouse/warehouse"
RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0, "exclude_unexpected_values": True}

COUNTS = frozenset({
    "element_count", "missing_count", "missing_percent", "unexpected_count", "unexpected_percent",
    "unexpected_percent_nonmissing", "unexpected_percent_total",
})  # fmt: skip


def expectation(rule: Rule, facts: BatchFacts) -> Any:  # noqa: PLR0911 - one return per kind of check
    """Return the expectation of a rule: a native one where one fits, else one of ours on aggregates."""
    names = great_expectations()
    gxe, check = names.gxe, rule.check
    common: dict[str, Any] = {
        "severity": "critical" if rule.severity == "block" else "warning",
        "meta": {"rule_id": rule.id, "rule_version": rule.version, "severity": rule.severity},
    }
    tolerate = rule.tolerate or 0
    on_column = common | {"column": rule.field, "mostly": 1 - tolerate}
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
        case Ordered():
            return names.ExpectPairsInOrder(
                later=rule.field, earlier=check.not_before, tolerate=tolerate, **common
            )
        case RowCount():
            return gxe.ExpectTableRowCountToBeBetween(min_value=check.min, max_value=check.max, **common)
        case NoEmptyDay():
            return _query(empty_days(rule, check, facts), common, at_most_one=True)
        case Volume():
            return _query(_unusual_volume(rule, check, facts), common, at_most_one=True)
    if rule.on_whole_batch:
        return names.ExpectUsualMeasure(
            aggregate=measure(rule, BATCH_ALIAS),
            check=check.model_dump(),
            history=[dict(item) for item in facts.history.get(rule.id, ())],
            observed_at=facts.observed_at.isoformat(),
            **common,
        )
    if counts_apart(rule):
        return _query(failing_apart(rule, facts), common, tolerate=tolerate)
    return names.ExpectNoRowToFail(aggregate=counting(rule, facts, BATCH_ALIAS), tolerate=tolerate, **common)


def _query(query: str, common: dict[str, Any], **options: Any) -> Any:
    query = query.replace("{", "{{").replace("}", "}}")
    return great_expectations().ExpectQueryToFindNoRows(
        unexpected_rows_query=f"select failed from ({query}) as found, "
        "(select count(*) from (select 1 from {batch} limit 1) as any_row) as own",
        **options,
        **common,
    )


def _unusual_volume(rule: Rule, check: Volume, facts: BatchFacts) -> str:
    """The same judgement as in `measures`, made by the database: its own median and deviations."""
    own = f"{facts.rows_received}::float8 / {facts.working_days or 1}"
    alike = [
        item
        for item in facts.history.get(rule.id, ())
        if (item["working_days"] is None if facts.working_days is None else item["working_days"])
    ]
    if len(alike) < check.least or facts.working_days == 0:
        return "select 1 as failed where false"
    past = ", ".join(f"({item['received']}::float8 / {item['working_days'] or 1})" for item in alike)
    high = f"own > {literal(check.max_share)} * median" if check.max_share is not None else "false"
    return f"""
        select 1 as failed
        from (
            select {own} as own, middle.median, (
                select 1.4826 * percentile_cont(0.5) within group (order by abs(rate - middle.median))
                from (values {past}) as rates (rate)
            ) as spread
            from (
                select percentile_cont(0.5) within group (order by rate) as median
                from (values {past}) as rates (rate)
            ) as middle
        ) as judged
        where abs(own - median) > {check.deviations} * spread
            and (own < {check.min_share} * median or {high})
    """


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
        event.listen(self._gx_engine, "before_cursor_execute", self._read_no_row, retval=True)
        self._query = ""

    def _connect(self) -> Any:
        """Hand over a connection of our own engine, so that no URL or password is ever given away."""
        pooled = self._source_engine.raw_connection()
        pooled.detach()
        return pooled.dbapi_connection

    def _enter_snapshot(self, connection: Connection) -> None:
        if self._snapshot:
            connection.exec_driver_sql(
                "set transaction isolation level repeatable read, read only; "
                f"set transaction snapshot '{self._snapshot}'; set local work_mem = '{WORK_MEM}'"
            )

    def _read_no_row(self, *call: Any) -> tuple[Any, Any]:
        """To learn the names of its columns, Great Expectations runs a batch's query: let it fetch no row."""
        statement, parameters = call[2], call[3]
        return (f"{statement} limit 0" if statement.strip() == self._query else statement), parameters

    @contextmanager
    def _seeing(self, snapshot: str, query: str) -> Iterator[None]:
        self._snapshot, self._query = snapshot, query
        try:
            yield
        finally:
            self._snapshot, self._query = None, ""

    def close(self) -> None:
        """Close the connections handed over."""
        self._gx_engine.dispose()

    def validate(self, rules: Sequence[Rule], facts: BatchFacts, *, snapshot: str) -> dict[str, Any]:
        """Run all rules on the batch at once; the result as JSON, expectations in the order of `rules`.

        Rules that could not be evaluated are in it too (`broken`).

        Raises:
            ValidationError: Great Expectations left a rule out.
        """
        names = great_expectations()
        name = f"{facts.entity}-{uuid.uuid4().hex}"
        query = f"select r.* from {facts.scope}"
        with self._seeing(snapshot, query):
            asset = self._source.add_query_asset(name, query=query)
            try:
                suite = names.gx.ExpectationSuite(name=facts.entity)
                suite.expectations.extend(expectation(rule, facts) for rule in rules)
                batch = asset.add_batch_definition_whole_table("batch").get_batch()
                result: dict[str, Any] = batch.validate(suite, result_format=RESULT_FORMAT).to_json_dict()
            finally:
                self._source.delete_asset(name)
        order = {rule.id: position for position, rule in enumerate(rules)}
        result["results"].sort(key=lambda item: order[item["expectation_config"]["meta"]["rule_id"]])
        if len(result["results"]) != len(rules):
            raise ValidationError(
                f"batch {facts.batch_id}, {facts.entity}: Great Expectations judged {len(result['results'])} "
                f"of {len(rules)} rules; nothing was written"
            )
        return without_values(result)


def broken(result: dict[str, Any]) -> list[str]:
    """Rules that Great Expectations could not evaluate."""
    return [
        item["expectation_config"]["meta"]["rule_id"]
        for item in result["results"]
        if item.get("exception_info", {}).get("raised_exception", True)
    ]


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
