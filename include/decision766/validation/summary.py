"""What a validation found, in counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["block", "quarantine", "warn"]


@dataclass(frozen=True)
class RuleOutcome:
    """One rule on one batch.

    evaluated_count: rows looked at. unexpected_count: rows that fail (0 or 1 for a rule on the whole
    batch). skipped: why the rule was not applied, None if it was. error: why it could not be evaluated;
    such a rule has failed. detail: what a check of the whole batch measured, and what is usual.
    """

    rule_id: str
    version: int
    severity: Severity
    success: bool
    evaluated_count: int
    unexpected_count: int
    reason_vi: str
    reason_en: str
    skipped: str | None = None
    error: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def blocks(self) -> bool:
        """Whether the batch may not pass: a critical rule failed, or rows to set aside cannot be told."""
        return not self.success and (
            self.severity == "block" or (self.severity == "quarantine" and self.error is not None)
        )


@dataclass(frozen=True)
class ValidationSummary:
    """One batch, or one mart of an evaluation (then batch_id is the evaluation's), judged.

    rows_quarantined counts rows, not reasons: a row may fail several rules.
    """

    batch_id: str
    source_id: str
    entity: str
    status: Literal["accepted", "blocked"]
    validation_run_id: str
    suite_version: str
    rows_evaluated: int
    rows_quarantined: int
    rules: tuple[RuleOutcome, ...]

    @property
    def blocking(self) -> tuple[RuleOutcome, ...]:
        """Critical rules that failed, and rules that should set rows aside and could not be evaluated."""
        return tuple(rule for rule in self.rules if rule.blocks)

    @property
    def quarantining(self) -> tuple[RuleOutcome, ...]:
        """Row rules that failed on some row."""
        return tuple(
            rule
            for rule in self.rules
            if rule.severity == "quarantine" and not rule.success and not rule.blocks
        )

    @property
    def warnings(self) -> tuple[RuleOutcome, ...]:
        """Warning rules that failed."""
        return tuple(rule for rule in self.rules if rule.severity == "warn" and not rule.success)
