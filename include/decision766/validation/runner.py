"""Validates batches: write, audit, publish. A batch is visible to dbt only after its suite ran."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from decision766.settings import Settings, get_settings
from decision766.validation import store
from decision766.validation.errors import BatchBlocked, ValidationError
from decision766.validation.facts import BatchFacts, batch_facts
from decision766.validation.judging import Judgement, Judging
from decision766.validation.pointers import example_pointers
from decision766.validation.rules import Suite, load_suites
from decision766.validation.summary import ValidationSummary

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
        self._judging = Judging(engine)

    def close(self) -> None:
        self._judging.close()

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
            judgement = self._judging.judge(connection, suite, facts)
            summary = ValidationSummary(
                batch_id=facts.batch_id,
                source_id=facts.source_id,
                entity=suite.entity,
                status="accepted" if judgement.is_accepted else "blocked",
                validation_run_id=str(uuid.uuid4()),
                suite_version=suite.version,
                rows_evaluated=facts.rows,
                rows_quarantined=_set_aside(connection, suite, facts, judgement),
                rules=judgement.outcomes,
            )
            unnamed = [
                rule
                for rule in suite.rules
                if judgement.counts.get(rule.id)
                and (rule.severity != "quarantine" or not judgement.is_accepted)
            ]
            examples = example_pointers(connection, suite, unnamed, facts)
            run = store.Run(summary, judgement.result, judgement.counts, started_at, examples=examples)
            store.write_run(connection, run)
            store.reconcile(connection, summary)
            store.settle(connection, facts, run)
            connection.commit()
        return summary


def _set_aside(connection: Connection, suite: Suite, facts: BatchFacts, judgement: Judgement) -> int:
    """Set the failing rows of an accepted batch aside; return how many rows that are."""
    if not judgement.is_accepted:
        return 0
    failed = {rule.rule_id for rule in judgement.outcomes if not rule.success}
    offending = [rule for rule in suite.rules if rule.severity == "quarantine" and rule.id in failed]
    return store.set_aside(connection, suite, offending, facts)
