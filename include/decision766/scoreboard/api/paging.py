"""Pages by key: a page begins behind the last row of the one before, however many rows there are."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection, text

from decision766.scoreboard import queries as sql

MOST = 500
USUAL = 100


class UnknownCursor(Exception):
    """The cursor is not one that this list gave for these filters."""


@dataclass(frozen=True)
class Listing:
    """A list that is read in pages.

    relation: what stands in `from`, named `listed`; columns: selected of it; key: expressions that are never
    null and tell rows apart within the filters, in order; filters: condition by name of its value.
    """

    relation: str
    columns: Sequence[str]
    key: Sequence[str]
    filters: Mapping[str, str]
    is_descending: bool = False

    def query(self, names: Sequence[str], *, is_first: bool) -> str:
        """The SQL of one page, for the filters that are set."""
        keys = ", ".join(self.key)
        conditions = [self.filters[name] for name in names if name in self.filters]
        if not is_first:
            after = ", ".join(f":after_{place}" for place in range(len(self.key)))
            conditions.append(f"({keys}) {'<' if self.is_descending else '>'} ({after})")
        place = ", ".join(f"({key})::text as cursor_{number}" for number, key in enumerate(self.key))
        order = ", ".join(f"{key} desc" if self.is_descending else key for key in self.key)
        where = f"where {' and '.join(conditions)}" if conditions else ""
        return (
            f"select {', '.join(self.columns)}, {place} from {self.relation} {where} "
            f"order by {order} limit :wanted"
        )


def read_page(
    connection: Connection, listing: Listing, values: Mapping[str, Any], cursor: str | None, limit: int
) -> tuple[list[sql.Row], str | None]:
    """Return the rows of a page and the cursor of the next, None at the end.

    Args:
        values: of the filters; None leaves one out.

    Raises:
        UnknownCursor: the cursor was not given for these filters.
    """
    asked = {name: value for name, value in values.items() if value is not None}
    scope = _scope(listing, asked)
    after = _opened(cursor, scope, len(listing.key)) if cursor else None
    bound = {**asked, "wanted": limit + 1}
    if after is not None:
        bound |= {f"after_{place}": value for place, value in enumerate(after)}
    query = text(listing.query(list(asked), is_first=after is None))
    held = [dict(row) for row in sql.rows(connection, query, **bound)]
    keys = [[row.pop(f"cursor_{place}") for place in range(len(listing.key))] for row in held]
    is_last = len(held) <= limit
    return list(held[:limit]), None if is_last else _closed(keys[limit - 1], scope)


def next_link(path: str, query: Sequence[tuple[str, str]], cursor: str | None) -> str | None:
    """The address of the page behind that cursor."""
    if cursor is None:
        return None
    kept = [(name, value) for name, value in query if name != "cursor"]
    return f"{path}?{urlencode([*kept, ('cursor', cursor)])}"


def _scope(listing: Listing, asked: Mapping[str, Any]) -> str:
    stated = json.dumps([listing.relation, list(listing.key), sorted(asked.items())], default=str)
    return hashlib.sha256(stated.encode()).hexdigest()[:12]


def _closed(key: Sequence[str], scope: str) -> str:
    written = json.dumps([scope, *key], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def _opened(cursor: str, scope: str, parts: int) -> list[str]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as fault:
        raise UnknownCursor from fault
    if not isinstance(found, list) or len(found) != parts + 1 or found[0] != scope:
        raise UnknownCursor
    if not all(isinstance(part, str) and part.isprintable() for part in found):
        raise UnknownCursor
    return found[1:]
