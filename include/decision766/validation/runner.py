"""Validates batches: write, audit, publish. A batch is visible to dbt only after its suite ran."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from decision766.settings import Settings, get_settings
from decision766.validation import store
from decision766.validation.errors import BatchBlocked, CountMismatch, ValidationError
from decision766.validation.expectations import Judge, within
from decision766.validation.pointers import example_pointers
from decision766.validation.predicates import BatchFacts, batch_facts, skipped
from decision766.validation.rules import Rule, Suite, load_suites
from decision766.validation.summary import RuleOutcome, ValidationSummary

SERIALIZATION_FAILURE = "40001"
ATTEMPTS = 3


def validate_batch(
    engine: Engine, batch_id: str, *, settings: Settings | None = None, force: bool = False
) -> ValidationSummary:
    """Judge one loaded batch by its entity's suite, and publish it or block it.

    Row rules set failing rows aside; warnings are recorded; a critical rule blocks the batch. All
    effects are one transaction. A batch that was accepted before is left as it is and its stored
    summary returned.

    Args:
        engine: the warehouse.
        batch_id: a batch of audit.batch, status `loaded`.
        settings: where the rule files are; the process's own by default.
        force: judge a blocked batch again, after the rule was mended.

    Raises:
        BatchBlocked: a critical rule failed, now or when the batch was judged before.
        ValidationError: the batch or its rules cannot be judged; nothing was written.
    """
    return validate_batches(engine, [batch_id], settings=settings, force=force)[0]


def validate_batches(
    engine: Engine, batch_ids: Iterable[str], *, settings: Settings | None = None, force: bool = False
) -> list[ValidationSummary]:
    """Judge several batches, one transaction each; catalogues first, since others refer to them.

    A blocked batch does not keep the rest from being judged. The summaries come in the order of
    `batch_ids`.

    Raises:
        BatchBlocked: after all were judged; names every blocked batch.
        ValidationError: as `validate_batch`, at the first such batch.
    """
    ids = list(dict.fromkeys(str(batch_id) for batch_id in batch_ids))
    suites = load_suites((settings or get_settings()).project_root / "expectations")
    runner = _Runner(engine, suites, force=force)
    try:
        found = {batch_id: runner.validate(batch_id) for batch_id in _ordered(engine, ids, list(suites))}
    finally:
        runner.close()
    blocked = [found[batch_id] for batch_id in ids if found[batch_id].status == "blocked"]
    if blocked:
        raise BatchBlocked(blocked)
    return [found[batch_id] for batch_id in ids]


def _ordered(engine: Engine, ids: Sequence[str], entities: Sequence[str]) -> list[str]:
    with engine.connect() as connection:
        rows = connection.execute(
            text("select batch_id::text, entity from audit.batch where batch_id = any(cast(:ids as uuid[]))"),
            {"ids": list(ids)},
        ).all()
    entity_of: dict[str, str] = {row.batch_id: row.entity for row in rows}
    rank = {entity: position for position, entity in enumerate(entities)}
    return sorted(ids, key=lambda batch_id: rank.get(entity_of.get(batch_id, ""), len(rank)))


class _Runner:
    """Keeps one Great Expectations context for the batches of a call; made only if one is judged."""

    def __init__(self, engine: Engine, suites: Mapping[str, Suite], *, force: bool):
        self._engine, self._suites, self._force = engine, suites, force
        self._judge: Judge | None = None

    def close(self) -> None:
        if self._judge:
            self._judge.close()

    def validate(self, batch_id: str) -> ValidationSummary:
        """Judge a batch; begin again when another run judged it at the same time."""
        store.refresh_statistics(self._engine, batch_id)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._validate(batch_id)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) != SERIALIZATION_FAILURE or attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable")  # pragma: no cover

    def _validate(self, batch_id: str) -> ValidationSummary:
        started_at = dt.datetime.now(dt.UTC)
        with self._engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            batch = store.batch_row(connection, batch_id)
            suite = self._suites.get(batch["entity"])
            if batch["status"] == "accepted" or (batch["status"] == "blocked" and not self._force):
                return store.stored_summary(connection, batch, suite)
            if suite is None:
                raise ValidationError(
                    f"batch {batch_id}: no rules for {batch['entity']}; add its file to expectations/"
                )
            facts = batch_facts(connection, suite, batch)
            left_out = {rule.id: why for rule in suite.rules if (why := skipped(rule, facts))}
            applied = [rule for rule in suite.rules if rule.id not in left_out]
            predicate_counts = store.count_failing(connection, applied, facts)
            snapshot = connection.execute(text("select pg_export_snapshot()")).scalar_one()
            result = self._judged(applied, facts, snapshot)
            rules = _outcomes(
                suite, applied, left_out, result=result, predicate_counts=predicate_counts, facts=facts
            )
            status = "blocked" if any(r.severity == "block" and not r.success for r in rules) else "accepted"
            set_aside = 0
            if status == "accepted":
                failed = {rule.rule_id for rule in rules if not rule.success}
                offending = [rule for rule in applied if rule.severity == "quarantine" and rule.id in failed]
                set_aside = store.set_aside(connection, suite, offending, facts)
            summary = ValidationSummary(
                batch_id=facts.batch_id,
                source_id=facts.source_id,
                entity=suite.entity,
                status="blocked" if status == "blocked" else "accepted",
                validation_run_id=str(uuid.uuid4()),
                suite_version=suite.version,
                rows_evaluated=facts.rows,
                rows_quarantined=set_aside,
                rules=rules,
            )
            unnamed = [
                rule
                for rule in applied
                if predicate_counts[rule.id] and (rule.severity != "quarantine" or status == "blocked")
            ]
            examples = example_pointers(connection, suite, unnamed, facts)
            run = store.Run(summary, result, predicate_counts, started_at, examples)
            store.write_run(connection, run)
            store.reconcile(connection, summary)
            store.settle(connection, facts, run)
            connection.commit()
        return summary

    def _judged(self, rules: Sequence[Rule], facts: BatchFacts, snapshot: str) -> dict[str, Any]:
        self._judge = self._judge or Judge(self._engine)
        return self._judge.validate(rules, facts, snapshot=snapshot)


def _outcomes(
    suite: Suite,
    applied: Sequence[Rule],
    left_out: Mapping[str, str],
    *,
    result: Mapping[str, Any],
    predicate_counts: Mapping[str, int],
    facts: BatchFacts,
) -> tuple[RuleOutcome, ...]:
    """Join what Great Expectations found with the predicates' counts.

    Raises:
        CountMismatch: the two counted differently, or drew different conclusions.
    """
    judged = {rule.id: item for rule, item in zip(applied, result["results"], strict=True)}
    outcomes = []
    for rule in suite.rules:
        item = judged.get(rule.id)
        unexpected, evaluated, success = 0, 0, True
        if item is not None:
            evaluated, success = facts.rows, bool(item["success"])
            unexpected = _unexpected(rule, item)
            counted = predicate_counts[rule.id]
            if unexpected != counted or success != within(counted, facts.rows, rule.tolerate):
                verdict = "passed" if success else "failed"
                raise CountMismatch(
                    f"batch {facts.batch_id}, rule {rule.id}: Great Expectations counted {unexpected} "
                    f"failing rows ({verdict}), the rule's predicate {counted}, of {facts.rows}. The two "
                    f"readings of the rule differ; mend the rule or its translation. The batch stays loaded."
                )
        outcomes.append(
            RuleOutcome(
                rule_id=rule.id,
                version=rule.version,
                severity=rule.severity,
                success=success,
                evaluated_count=evaluated,
                unexpected_count=unexpected,
                reason_vi=rule.reason_vi,
                reason_en=rule.reason_en,
                skipped=left_out.get(rule.id),
            )
        )
    return tuple(outcomes)


def _unexpected(rule: Rule, item: Mapping[str, Any]) -> int:
    found = item["result"]
    if rule.check.kind == "row_count":
        return 0 if item["success"] else 1
    counted = found["unexpected_count"] if "unexpected_count" in found else found["observed_value"]
    return int(counted or 0)  # null for a batch of no rows
