"""What a validation found, in counts."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["block", "quarantine", "warn"]


@dataclass(frozen=True)
class RuleOutcome:
    """One rule on one batch.

    evaluated_count: rows looked at. unexpected_count: rows that fail (0 or 1 for a rule on the whole
    batch). skipped: why the rule was not applied, None if it was.
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


@dataclass(frozen=True)
class ValidationSummary:
    """One batch, judged. rows_quarantined counts rows, not reasons: a row may fail several rules."""

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
        """Critical rules that failed."""
        return tuple(rule for rule in self.rules if rule.severity == "block" and not rule.success)

    @property
    def quarantining(self) -> tuple[RuleOutcome, ...]:
        """Row rules that failed on some row."""
        return tuple(rule for rule in self.rules if rule.severity == "quarantine" and not rule.success)

    @property
    def warnings(self) -> tuple[RuleOutcome, ...]:
        """Warning rules that failed."""
        return tuple(rule for rule in self.rules if rule.severity == "warn" and not rule.success)
