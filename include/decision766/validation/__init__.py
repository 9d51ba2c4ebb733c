"""Proves batches: rules as records, run by Great Expectations, with their effects in `audit`."""

from decision766.validation.errors import BatchBlocked, CountMismatch, RuleFileError, ValidationError
from decision766.validation.runner import validate_batch, validate_batches
from decision766.validation.summary import RuleOutcome, ValidationSummary

__all__ = [
    "BatchBlocked",
    "CountMismatch",
    "RuleFileError",
    "RuleOutcome",
    "ValidationError",
    "ValidationSummary",
    "validate_batch",
    "validate_batches",
]
