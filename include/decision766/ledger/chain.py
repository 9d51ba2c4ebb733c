"""The chain of entries: one line of text per entry that names the hash of the one before.

The body of an entry is canonical JSON (keys sorted, no spaces, UTF-8 as it is); its hash is the SHA-256
of these bytes. Entries are numbered from 1 without a gap; instants are UTC and never go back.
"""

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, text

from decision766.ledger.errors import LedgerBroken

FORMAT = "decision766-ledger-1"
NO_ENTRY = "0" * 64  # what the first entry names as the one before
RESTORE = (
    "Nothing is published until the ledger verifies. Restore schema audit from a backup in which it does, "
    "and keep this database for the investigation."
)


@dataclass(frozen=True)
class Entry:
    """One entry as it stands in the database, right or wrong."""

    entry_no: int
    kind: str
    body: str
    entry_hash: bytes

    @property
    def hash_hex(self) -> str:
        """The entry's hash as printed."""
        return self.entry_hash.hex()

    @cached_property
    def stated(self) -> dict[str, Any]:
        """What the body says."""
        return dict(json.loads(self.body))

    @property
    def recorded_at(self) -> dt.datetime:
        """When it was written; aware, UTC."""
        return dt.datetime.fromisoformat(self.stated["recorded_at"])


def canonical(body: Mapping[str, Any]) -> str:
    """The one text of a body."""
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def read_entries(connection: Connection, *, after: int = 0) -> Iterator[Entry]:
    """Yield the entries in order, a few at a time."""
    rows = connection.execute(
        text("""
            select entry_no, kind, body, entry_hash from audit.ledger_entry
            where entry_no > :after order by entry_no
        """).execution_options(yield_per=500),
        {"after": after},
    )
    for row in rows:
        yield Entry(row.entry_no, row.kind, row.body, bytes(row.entry_hash))


def last_entry(connection: Connection, kind: str | None = None) -> Entry | None:
    """The newest entry, of one kind or of any."""
    row = connection.execute(
        text("""
            select entry_no, kind, body, entry_hash from audit.ledger_entry
            where cast(:kind as text) is null or kind = :kind
            order by entry_no desc limit 1
        """),
        {"kind": kind},
    ).one_or_none()
    return None if row is None else Entry(row.entry_no, row.kind, row.body, bytes(row.entry_hash))


def next_entry_no(connection: Connection) -> int:
    """Number that the next entry will get; holds only for who holds the ledger's lock."""
    last = last_entry(connection)
    return 1 if last is None else last.entry_no + 1


def append_entry(connection: Connection, kind: str, facts: Mapping[str, Any]) -> Entry:
    """Chain one entry to the last; the caller holds the ledger's lock (`alone_with_the_ledger`)."""
    last = last_entry(connection)
    now = dt.datetime.now(dt.UTC)
    body = canonical(
        {
            **facts,
            "format": FORMAT,
            "ledger_id": str(uuid.uuid4()) if last is None else last.stated["ledger_id"],
            "entry_no": 1 if last is None else last.entry_no + 1,
            "kind": kind,
            "previous": NO_ENTRY if last is None else last.hash_hex,
            "recorded_at": (now if last is None else max(now, last.recorded_at)).isoformat(),
        }
    )
    entry = Entry(int(json.loads(body)["entry_no"]), kind, body, hashlib.sha256(body.encode()).digest())
    connection.execute(
        text("insert into audit.ledger_entry values (:entry_no, :kind, :body, :entry_hash)"), vars(entry)
    )
    return entry


class Links:
    """Follows the chain entry by entry and refuses the first that does not fit."""

    def __init__(self) -> None:
        self.last: Entry | None = None

    def follow(self, entry: Entry) -> None:
        """Take in the next entry.

        Raises:
            LedgerBroken: it is not the one that belongs here, or not what was written.
        """
        expected = 1 if self.last is None else self.last.entry_no + 1
        if entry.entry_no != expected:
            raise LedgerBroken(
                f"Entry {expected} is missing: after entry {expected - 1} comes entry {entry.entry_no}.",
                RESTORE,
            )
        if hashlib.sha256(entry.body.encode()).digest() != entry.entry_hash:
            raise LedgerBroken(
                f"Entry {expected} ({entry.kind}) is not what was written: its text does not give its hash "
                f"{entry.hash_hex[:16]}….",
                RESTORE,
            )
        problem = self._disagreement(entry)
        if problem:
            raise LedgerBroken(f"Entry {expected} ({entry.kind}) does not fit the chain: {problem}.", RESTORE)
        self.last = entry

    def _disagreement(self, entry: Entry) -> str:
        try:
            stated, recorded_at = entry.stated, entry.recorded_at
        except (ValueError, KeyError, TypeError):
            return "its text cannot be read"
        previous = NO_ENTRY if self.last is None else self.last.hash_hex
        said, named = f"entry {stated.get('entry_no')} ({stated.get('kind')})", str(stated.get("previous"))
        problem = ""
        if stated.get("format") != FORMAT:
            problem = f"its format is {stated.get('format')!r}, not {FORMAT!r}"
        elif (stated.get("entry_no"), stated.get("kind")) != (entry.entry_no, entry.kind):
            problem = f"its text speaks of {said}"
        elif named != previous:
            problem = f"it names {named[:16]}… as the entry before, which is {previous[:16]}…"
        elif self.last is not None and stated.get("ledger_id") != self.last.stated["ledger_id"]:
            problem = "it belongs to another ledger"
        elif self.last is not None and recorded_at < self.last.recorded_at:
            problem = "it was written before the entry before it"
        return problem
