"""Judges rows twice and reconciles: Great Expectations in a thread of its own, the rules' own SQL here.

Both see one snapshot. Neither sees what the other counted; their counts must agree.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, text

from decision766.validation.checks import RowCount
from decision766.validation.counting import Counts, count_all
from decision766.validation.errors import CountMismatch
from decision766.validation.expectations import WORK_MEM, Judge, broken
from decision766.validation.facts import BatchFacts
from decision766.validation.measures import Verdict
from decision766.validation.metrics import within
from decision766.validation.predicates import skipped
from decision766.validation.rules import Rule, Suite
from decision766.validation.summary import RuleOutcome


@dataclass(frozen=True)
class Judgement:
    """What a suite found: an outcome per rule, Great Expectations' result, the rules' own counts."""

    outcomes: tuple[RuleOutcome, ...]
    result: Mapping[str, Any]
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_accepted(self) -> bool:
        """Whether no rule blocks."""
        return not any(rule.blocks for rule in self.outcomes)


class Judging:
    """Keeps one Great Expectations context, made when first needed, in the one thread that uses it."""

    def __init__(self, engine: Engine):
        self._engine = engine
        self._judge: Judge | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="great-expectations")

    def close(self) -> None:
        """End the thread and close its connections."""
        self._thread.shutdown()
        if self._judge:
            self._judge.close()

    def judge(self, connection: Connection, suite: Suite, facts: BatchFacts) -> Judgement:
        """Judge the rows as `connection` sees them, in a transaction of level repeatable read.

        A rule that either side cannot evaluate has failed.

        Raises:
            CountMismatch: the two sides counted differently, or drew different conclusions.
        """
        left_out = {rule.id: why for rule in suite.rules if (why := skipped(rule, facts))}
        applied = [rule for rule in suite.rules if rule.id not in left_out]
        connection.execute(text(f"set local work_mem = '{WORK_MEM}'"))
        snapshot = connection.execute(text("select pg_export_snapshot()")).scalar_one()
        elsewhere = self._thread.submit(self._ask, applied, facts, snapshot)
        try:
            counts = count_all(connection, applied, facts)
        finally:
            result = elsewhere.result()  # also when counting failed: the snapshot must outlive its reader
        if counts.broken or broken(result):
            # One broken rule spoils the query that it shares with others: ask again without it.
            errors = dict(counts.broken) or dict.fromkeys(broken(result), "Great Expectations")
            sound = [rule for rule in applied if rule.id not in errors]
            result = self._thread.submit(self._ask, sound, facts, snapshot).result()
            errors |= dict.fromkeys(broken(result), "Great Expectations")
            counts = Counts(counts.rows, counts.verdicts, errors)
        return _reconciled(suite, left_out, facts, result, counts)

    def _ask(self, rules: Sequence[Rule], facts: BatchFacts, snapshot: str) -> dict[str, Any]:
        self._judge = self._judge or Judge(self._engine)
        return self._judge.validate(rules, facts, snapshot=snapshot)


def _reconciled(
    suite: Suite,
    left_out: Mapping[str, str],
    facts: BatchFacts,
    result: Mapping[str, Any],
    counts: Counts,
) -> Judgement:
    found = {item["expectation_config"]["meta"]["rule_id"]: item for item in result["results"]}
    outcomes = []
    for rule in suite.rules:
        unexpected, evaluated, success = 0, 0, True
        error, verdict = counts.broken.get(rule.id), counts.verdicts.get(rule.id)
        if error is not None:
            evaluated, success = facts.rows, False
        elif rule.id in found:
            evaluated, success = facts.rows, bool(found[rule.id]["success"])
            unexpected = _unexpected(rule, found[rule.id])
            _compare(rule, facts, unexpected, success=success, counted=counts.rows[rule.id])
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
                skipped=left_out.get(rule.id) or (verdict.skipped if verdict else None),
                error=error,
                detail=_detail(verdict),
            )
        )
    return Judgement(tuple(outcomes), result, counts.rows)


def _compare(rule: Rule, facts: BatchFacts, unexpected: int, *, success: bool, counted: int) -> None:
    if unexpected != counted or success != within(counted, facts.rows or 1, rule.tolerate):
        verdict = "passed" if success else "failed"
        raise CountMismatch(
            f"batch {facts.batch_id}, rule {rule.id}: Great Expectations counted {unexpected} "
            f"failing rows ({verdict}), the rule's predicate {counted}, of {facts.rows}. The two "
            f"readings of the rule differ; mend the rule or its translation. The batch stays loaded."
        )


def _unexpected(rule: Rule, item: Mapping[str, Any]) -> int:
    found = item["result"]
    if isinstance(rule.check, RowCount):
        return 0 if item["success"] else 1
    counted = found["unexpected_count"] if "unexpected_count" in found else found["observed_value"]
    return int(counted or 0)  # null for a batch of no rows


def _detail(verdict: Verdict | None) -> dict[str, Any]:
    if verdict is None:
        return {}
    told = {"measured": dict(verdict.measured), "usual": dict(verdict.usual)}
    return {key: value for key, value in told.items() if value}
