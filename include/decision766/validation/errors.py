"""What can go wrong when a batch is judged. No message carries a value of a record."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decision766.validation.summary import RuleOutcome, ValidationSummary


class ValidationError(Exception):
    """A batch could not be judged: it stays `loaded`, and nothing was written."""


class RuleFileError(ValidationError):
    """A rule file cannot be used. The message names file, line, rule and cause."""


class CountMismatch(ValidationError):
    """Great Expectations and a rule's own predicate counted differently; nothing was written."""


class BatchBlocked(ValidationError):
    """Critical rules failed: the batches named are blocked, and dbt does not see a row of them."""

    def __init__(self, summaries: Sequence["ValidationSummary"]):
        self.summaries = tuple(summaries)
        super().__init__("\n".join(_explain(summary) for summary in summaries))


def _explain(summary: "ValidationSummary") -> str:
    failures = "; ".join(_failure(rule) for rule in summary.blocking)
    return (
        f"batch {summary.batch_id} of {summary.source_id}, {summary.entity}, is blocked: {failures}. "
        f"None of its rows reach the marts; other batches are not affected. Have the source corrected and "
        f"ingest it again; if the rule is wrong, mend expectations/{summary.entity}.yaml, raise the rule's "
        f"version and validate the batch again with force."
    )


class MartsBlocked(ValidationError):
    """Critical rules on marts failed: what was computed is not published."""

    def __init__(self, summaries: Sequence["ValidationSummary"]):
        self.summaries = tuple(summaries)
        failures = "\n".join(f"  {_failure(rule)}" for summary in self.summaries for rule in summary.blocking)
        super().__init__(
            f"the marts of evaluation {summaries[0].batch_id} are NOT published:\n{failures}\n"
            "The batches behind them go back to the work ledger. Look at the rows with the rule's SQL "
            "(expectations/marts); mend model or rule, and build again."
        )


def _failure(rule: "RuleOutcome") -> str:
    if rule.error:
        return f"{rule.rule_id} could not be evaluated ({rule.error}), so it failed: {rule.reason_en}"
    return f"{rule.rule_id} ({rule.unexpected_count} of {rule.evaluated_count} rows): {rule.reason_en}"
