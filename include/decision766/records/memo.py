"""A bounded memory of a pure function of text: codes, dates and names repeat from record to record."""

from collections.abc import Callable
from typing import Any


class Memo(dict[str, Any]):
    """Maps text to what `function` makes of it; `memo[text]` computes once, then remembers.

    Only text is remembered (1, 1.0 and True are one key, but not one value); an unhashable value raises
    TypeError as in any dict. When `limit` texts are held, all are forgotten: memory stays flat.
    """

    __slots__ = ("_function", "_limit")

    def __init__(self, function: Callable[[Any], Any], limit: int = 20_000):
        super().__init__()
        self._function, self._limit = function, limit

    def __call__(self, value: Any) -> Any:
        """Return what `function` makes of any value, text or not."""
        return self[value] if type(value) is str else self._function(value)

    def __missing__(self, value: Any) -> Any:
        found = self._function(value)
        if type(value) is str:
            if len(self) >= self._limit:
                self.clear()
            self[value] = found
        return found
