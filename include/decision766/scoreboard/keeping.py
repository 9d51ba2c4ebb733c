"""What was made once for a publication is not made again: answers and pages, kept while nothing changed.

An answer is kept under the state of the data it was made from. The state is asked for once a second: when a
build is published, a row set aside, a batch read or a verdict signed, it differs, and what was kept is made
anew when next asked for. Sixteen readers who ask for one page at once wait for one to make it.
"""

import gzip
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

LOOKED_AT_EVERY = 1.0  # seconds between two questions for the state
LEAST_PACKED = 600  # bytes; below it packing gains nothing
LEVEL = 1  # three quarters of what more work would gain
TIMED_SECONDS = 30  # a page that tells how long ago something was is made anew after this

# What the marts are: the swap of any of them, the build they are of, the ledger's last entry.
_STATE = text("""
    select
        (select max(oid::bigint) from pg_class where relnamespace = to_regnamespace('marts')) as marts,
        (select max(finished_at) from audit.evaluation) as evaluation,
        (select max(entry_no) from audit.ledger_entry) as entry,
        (select max(event_id) from audit.quarantine_event) as held,
        (select max(outcome_id) from audit.outcome) as outcome,
        (select max(finished_at) from audit.validation_run) as validation
""")

T = TypeVar("T")


@dataclass(frozen=True)
class State:
    """State of the data: what publications change, what moves between them, and the time beside it."""

    published: Hashable
    moving: Hashable
    timed: Hashable


@dataclass(frozen=True)
class Answer:
    """A whole answer. packed: gzip, None where that gains nothing; etag: of the body, quoted."""

    status: int
    media: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    packed: bytes | None = None
    etag: str = field(default="", compare=False)

    @classmethod
    def of(
        cls, body: bytes, media: str, *, status: int = 200, headers: tuple[tuple[str, str], ...] = ()
    ) -> "Answer":
        """Pack the body and name it by its hash."""
        packed = gzip.compress(body, LEVEL, mtime=0) if len(body) >= LEAST_PACKED else None
        if packed is not None and len(packed) >= len(body):
            packed = None
        return cls(status, media, body, headers, packed, f'"{hashlib.sha256(body).hexdigest()[:32]}"')

    @property
    def size(self) -> int:
        """Bytes that it takes, about."""
        return len(self.body) + len(self.packed or b"") + 500


class Kept(Generic[T]):
    """A store bounded by the size of its things; the one not asked for the longest goes first.

    Args:
        most: bound of all sizes together. A thing of more than a quarter of it is not kept.
        size: size of a thing.
    """

    def __init__(self, most: int, size: Callable[[T], int]) -> None:
        self._most, self._size = most, size
        self._things: OrderedDict[Hashable, tuple[Hashable, T]] = OrderedDict()
        self._making: dict[Hashable, Future[T]] = {}
        self._lock = threading.Lock()
        self.held = 0

    def get(self, key: Hashable, state: Hashable, make: Callable[[], T]) -> T:
        """Return what was made under this state, else make it; who asks meanwhile waits for it.

        A failure is not kept: it is raised to everybody who waited.
        """
        with self._lock:
            found = self._things.get(key)
            if found is not None and found[0] == state:
                self._things.move_to_end(key)
                return found[1]
            waiting = self._making.get((key, state))
            if waiting is None:
                mine: Future[T] = Future()
                self._making[key, state] = mine
        if waiting is not None:
            return waiting.result()
        try:
            made = make()
        except BaseException as error:
            with self._lock:
                del self._making[key, state]
            mine.set_exception(error)
            raise
        with self._lock:
            del self._making[key, state]
            self._put(key, state, made)
        mine.set_result(made)
        return made

    def _put(self, key: Hashable, state: Hashable, made: T) -> None:
        old = self._things.pop(key, None)
        if old is not None:
            self.held -= self._size(old[1])
        size = self._size(made)
        if size > self._most // 4:
            return
        self._things[key] = (state, made)
        self.held += size
        while self.held > self._most:
            _, (_, gone) = self._things.popitem(last=False)
            self.held -= self._size(gone)


class States:
    """The state of the data, asked for once a second at most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = float("-inf")
        self._state: State | None = None

    def forget(self) -> None:
        """Ask anew at the next request: something was written here."""
        self._asked = float("-inf")

    def now(self, connect: Callable[[], Connection]) -> State | None:
        """The state; None where there is no warehouse yet, and nothing is to be kept."""
        if time.monotonic() - self._asked < LOOKED_AT_EVERY:
            return self._state
        with self._lock:
            if time.monotonic() - self._asked >= LOOKED_AT_EVERY:
                self._state = _read(connect)
                self._asked = time.monotonic()
            return self._state


def _read(connect: Callable[[], Connection]) -> State | None:
    try:
        connection = connect()
    except DBAPIError:
        return None  # the page itself says what is wrong
    try:
        row = connection.execute(_STATE).one()
    except DBAPIError:
        connection.rollback()  # else every question after it would fail for another reason
        return None
    published = (row.marts, row.evaluation, row.entry)
    moving = (*published, row.held, row.outcome, row.validation)
    return State(published, moving, (*moving, int(time.time() // TIMED_SECONDS)))
