"""People never land: personal fields are dropped or keyed, before anything is written."""

from decision766.privacy.keys import (
    Key,
    KeyProblem,
    Keys,
    forget_key,
    load_keys,
    rotate_pseudonym_key,
    same_value,
)
from decision766.privacy.redactor import REDACTOR_VERSION, Redacted, Redactor
from decision766.privacy.screen import is_public

__all__ = [
    "REDACTOR_VERSION",
    "Key",
    "KeyProblem",
    "Keys",
    "Redacted",
    "Redactor",
    "forget_key",
    "is_public",
    "load_keys",
    "rotate_pseudonym_key",
    "same_value",
]
