"""Searches much text for many personal values at once, in one pass over its words."""

import re
from collections import defaultdict
from collections.abc import Iterable

WORD = re.compile(r"[\w@.+-]+")


class IdentitySearch:
    """Knows the values as sequences of words; punctuation and quoting around them do not matter."""

    def __init__(self, values: Iterable[str]) -> None:
        self._by_first: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        self.size = 0
        for value in values:
            words = tuple(word.casefold() for word in WORD.findall(value))
            if words:
                self._by_first[words[0]].append(words)
                self.size += 1

    def find(self, text: str) -> set[str]:
        """Return the values that stand in the text."""
        words = [word.casefold() for word in WORD.findall(text)]
        return {
            " ".join(value)
            for place, word in enumerate(words)
            if word in self._by_first
            for value in self._by_first[word]
            if tuple(words[place : place + len(value)]) == value
        }
