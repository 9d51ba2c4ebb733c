"""Proves batches and marts: rules as records, run by Great Expectations, with their effects in `audit`."""

from decision766.validation.errors import (
    BatchBlocked,
    CountMismatch,
    MartsBlocked,
    RuleFileError,
    ValidationError,
)
from decision766.validation.marts import validate_marts
from decision766.validation.precheck import check_rules
from decision766.validation.runner import validate_batch, validate_batches
from decision766.validation.summary import RuleOutcome, ValidationSummary

__all__ = [
    "BatchBlocked",
    "CountMismatch",
    "MartsBlocked",
    "RuleFileError",
    "RuleOutcome",
    "ValidationError",
    "ValidationSummary",
    "check_rules",
    "validate_batch",
    "validate_batches",
    "validate_marts",
]
