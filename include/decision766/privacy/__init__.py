"""People never land: personal fields are dropped or keyed, before anything is written."""

from decision766.privacy.keys import Key, KeyProblem, Keys, load_keys
from decision766.privacy.redactor import REDACTOR_VERSION, Redacted, Redactor
from decision766.privacy.screen import is_public

__all__ = ["REDACTOR_VERSION", "Key", "KeyProblem", "Keys", "Redacted", "Redactor", "is_public", "load_keys"]
