"""Reports issued, as entries of the chain: their files stand in an archive, their hashes here.

A file that was changed, exchanged or lost shows in `ledger verify` and `reports verify`. It does not stop
publication: the figures are proved by their own entries.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, text
from upath import UPath

from decision766.ledger.chain import Entry, append_entry
from decision766.ledger.errors import LedgerBroken

KIND = "report"


@dataclass(frozen=True)
class FileHash:
    """A file of an issued report: its name in the folder, SHA-256 in hex, size in bytes."""

    name: str
    sha256: str
    size: int

    @classmethod
    def of(cls, name: str, content: bytes) -> "FileHash":
        """Hash a file."""
        return cls(name, hashlib.sha256(content).hexdigest(), len(content))


def record_report(connection: Connection, facts: Mapping[str, Any], files: Sequence[FileHash]) -> Entry:
    """Chain an issued report; the caller holds the ledger's lock."""
    return append_entry(connection, KIND, {**facts, "files": [asdict(file) for file in files]})


def last_report(connection: Connection, report: str, report_key: str) -> Entry | None:
    """The newest version of a report; None if none was issued."""
    row = connection.execute(
        text("""
            select entry_no, kind, body, entry_hash from audit.ledger_entry
            where kind = 'report' and body::jsonb ->> 'report' = :report
                and body::jsonb ->> 'report_key' = :report_key
            order by entry_no desc limit 1
        """),
        {"report": report, "report_key": report_key},
    ).one_or_none()
    return None if row is None else Entry(row.entry_no, row.kind, row.body, bytes(row.entry_hash))


def check_report(entry: Entry, archive: str) -> None:
    """Prove the files of an issued report against its entry.

    Raises:
        LedgerBroken: naming the file that is gone or is not what was issued.
    """
    stated = entry.stated
    folder = UPath(archive) / stated["folder"]
    named = f"{stated['report']} report of {stated['report_key']}, version {stated['version']}"
    for file in stated["files"]:
        path = folder / file["name"]
        step = (
            f"Bring back a copy whose SHA-256 is {file['sha256']}, or take it away and issue the report "
            "again: the same data give the same bytes. DECISION766_REPORTS_ARCHIVE names the place."
        )
        if not path.exists():
            raise LedgerBroken(
                f"Entry {entry.entry_no} ({named}): {file['name']} is gone from {folder}.", step
            )
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != file["sha256"]:
            raise LedgerBroken(
                f"Entry {entry.entry_no} ({named}): {file['name']} in {folder} is not what was issued: its "
                f"hash is {found[:16]}…, issued was {file['sha256'][:16]}….",
                step,
            )
