"""What may still be led back to a person goes when its time is over, or when that person asks."""

from decision766.retention.enforcement import Removed, enforce
from decision766.retention.erasure import Erased, ErasureError, erase, erased_marks
from decision766.retention.plan import Due, Plan, make_plan
from decision766.retention.rules import RetentionFileError, Rule, load_rules

__all__ = [
    "Due",
    "Erased",
    "ErasureError",
    "Plan",
    "Removed",
    "RetentionFileError",
    "Rule",
    "enforce",
    "erase",
    "erased_marks",
    "load_rules",
    "make_plan",
]
