"""Reads a list that comes in pages without a total (`spec=slice`): page 0, 1, … until a short page.

Such a list can shrink or grow while it is read, a server can send a page twice, or the same page for
ever. The reader knows every key it has seen. When a record goes away between two pages, the ones
behind it move up and one slips through unread; nothing repeats, so only the boundary shows it: after
each page the reader asks once more, one record, for the end of the page before. If something else
stands there, the list has moved, and whoever reads it starts again.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]


class MovedError(Exception):
    """The list changed while its pages were read; the message says how, without a value."""


@dataclass(frozen=True)
class Page:
    """One page: its number from 0, its records, and what the caller keeps of the answer."""

    number: int
    records: list[dict[str, Any]]
    answer: Any
    is_last: bool


def read_pages(
    fetch: Callable[[int, int], tuple[list[dict[str, Any]], Any]],
    size: int,
    key_of: Callable[[Record], Any],
    *,
    check_boundaries: bool = True,
) -> Iterator[Page]:
    """Yield the pages of a list, each as soon as it came.

    fetch(page, size) gives the records of a page and the answer they came in.

    Raises:
        MovedError: a record came twice, carries no key, or the list is not what it was at its start.
    """
    seen: set[Any] = set()
    number, last = 0, None
    while True:
        records, answer = fetch(number, size)
        keys = [key_of(record) for record in records]
        _check(keys, seen, number, size)
        if check_boundaries and last is not None:
            _check_boundary(fetch, key_of, number * size - 1, last)
        seen.update(keys)
        last = keys[-1] if keys else last
        is_last = len(records) < size
        yield Page(number, records, answer, is_last)
        if is_last:
            return
        number += 1


def _check(keys: list[Any], seen: set[Any], number: int, size: int) -> None:
    """Look at the keys of a page beside those that came before.

    Raises:
        MovedError: a key is missing or repeated, or there are more than were asked for.
    """
    if any(key in (None, "") for key in keys):
        raise MovedError(f"page {number} holds a record without its key")
    if keys and seen.issuperset(keys):
        raise MovedError(f"page {number} holds nothing but records that came before: a page sent twice")
    if len(set(keys)) != len(keys) or not seen.isdisjoint(keys):
        raise MovedError(f"page {number} holds a record that came before")
    if len(keys) > size:
        raise MovedError(f"page {number} holds {len(keys)} records, more than the {size} asked for")


def _check_boundary(
    fetch: Callable[[int, int], Any], key_of: Callable[[Record], Any], place: int, last: Any
) -> None:
    records, _ = fetch(place, 1)
    if [key_of(record) for record in records] != [last]:
        raise MovedError("the end of a page no longer stands where it stood: the list shrank or grew")
