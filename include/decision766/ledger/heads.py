"""Heads of the ledger outside the database: who rewrites the chain there does not rewrite them here.

On disk one append-only file, a line of JSON per entry, synced before the call returns; on object storage
(any URL) one object per entry, named by number and hash and never overwritten. The database commits
first; a head that a crash kept from being written is written by the next append or `ledger verify`.
"""

import contextlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from upath import UPath

from decision766.ledger.chain import Entry
from decision766.ledger.errors import LedgerBroken, LedgerError
from decision766.settings import Settings

_OBJECT = re.compile(r"(\d{10})-([0-9a-f]{64})\.json")
HEADS_STEP = (
    "Bring back the heads that were kept outside (backup, object storage, printed scorecards); "
    "DECISION766_LEDGER_HEADS names where they are looked for."
)


@dataclass(frozen=True)
class Head:
    """An entry as it is known outside: number and hash, and for people its kind and instant."""

    entry_no: int
    entry_hash: str
    kind: str = ""
    recorded_at: str = ""

    @classmethod
    def of(cls, entry: Entry) -> "Head":
        """Head of an entry."""
        return cls(entry.entry_no, entry.hash_hex, entry.kind, entry.stated["recorded_at"])

    def line(self) -> bytes:
        """The head as one line of JSON."""
        return json.dumps(asdict(self), sort_keys=True).encode() + b"\n"


class Heads(Protocol):
    """Where heads are kept outside the database."""

    place: str

    def read(self) -> dict[int, Head]:
        """Heads by the number of their entry."""
        ...

    def append(self, heads: Sequence[Head]) -> None:
        """Add heads; returns once they would survive a crash."""
        ...


def open_heads(settings: Settings) -> Heads:
    """The place that the settings name."""
    root = UPath(settings.ledger_heads_path)
    if root.protocol in ("", "file", "local"):
        return HeadsFile(Path(root.path))
    return HeadsFolder(root)


class HeadsFile:
    """An append-only file on a local or mounted disk."""

    def __init__(self, path: Path) -> None:
        self.path, self.place = path, str(path)

    def read(self) -> dict[int, Head]:
        """Heads by number; a last line that a crash cut short is none.

        Raises:
            LedgerBroken: a line is no head, or two lines speak of one entry.
        """
        heads: dict[int, Head] = {}
        for number, line in enumerate(self._whole()[0].splitlines(), 1):
            try:
                head = Head(**json.loads(line))
            except (ValueError, TypeError):
                raise LedgerBroken(f"Line {number} of {self.place} is no head.", HEADS_STEP) from None
            if heads.setdefault(head.entry_no, head).entry_hash != head.entry_hash:
                raise LedgerBroken(
                    f"{self.place} knows entry {head.entry_no} by two hashes (line {number}).", HEADS_STEP
                )
        return heads

    def append(self, heads: Sequence[Head]) -> None:
        """Add lines and sync them; the rest of a line cut short by a crash is completed.

        Raises:
            LedgerBroken: the cut line is the beginning of another head.
            LedgerError: the file cannot be written.
        """
        whole, cut = self._whole()
        lines = b"".join(head.line() for head in heads)
        if not lines.startswith(cut):
            raise LedgerBroken(f"The last line of {self.place} is cut and begins another head.", HEADS_STEP)
        is_new = not self.path.exists()
        with _named(self.place):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                file.truncate(len(whole))
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
            if is_new:
                folder = os.open(self.path.parent, os.O_RDONLY)
                try:
                    os.fsync(folder)
                finally:
                    os.close(folder)

    def _whole(self) -> tuple[bytes, bytes]:
        """The whole lines, and what a crash left of one more."""
        if not self.path.exists():
            return b"", b""
        with _named(self.place):
            content = self.path.read_bytes()
        end = content.rfind(b"\n") + 1
        return content[:end], content[end:]


class HeadsFolder:
    """Write-once objects under a URL. Their names say all that a proof needs: one listing reads them."""

    def __init__(self, root: UPath) -> None:
        self.root, self.place = root, str(root)

    def read(self) -> dict[int, Head]:
        """Heads by number.

        Raises:
            LedgerBroken: two objects speak of one entry.
        """
        heads: dict[int, Head] = {}
        with _named(self.place):
            names = sorted(path.name for path in self.root.iterdir()) if self.root.exists() else []
        for name in names:
            match = _OBJECT.fullmatch(name)
            if match is None:
                continue
            head = Head(int(match[1]), match[2])
            if heads.setdefault(head.entry_no, head) != head:
                raise LedgerBroken(f"{self.place} knows entry {head.entry_no} by two hashes.", HEADS_STEP)
        return heads

    def append(self, heads: Sequence[Head]) -> None:
        """Write one object per head that is not there yet."""
        with _named(self.place):
            self.root.mkdir(parents=True, exist_ok=True)
            for head in heads:
                target = self.root / f"{head.entry_no:010d}-{head.entry_hash}.json"
                if not target.exists():
                    target.write_bytes(head.line())


@contextlib.contextmanager
def _named(place: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LedgerError(
            f"The heads outside ({place}) cannot be read or written: {error.strerror or error}.",
            "Make the place readable and writable, or set DECISION766_LEDGER_HEADS to another; "
            "`decision766 ledger verify` then writes what is missing.",
        ) from error
