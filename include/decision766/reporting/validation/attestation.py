"""What the score ledger and the sign-offs say, for the pages to print; nothing where there is no ledger."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class Head:
    """The newest header of the score ledger: its number, hash (hex) and instant."""

    height: int
    head: str
    at: dt.datetime | None


@dataclass(frozen=True)
class Signoff:
    """The newest verdict of an auditor on a validation run."""

    verdict: str
    by: str
    at: dt.datetime
    comment: str


def ledger_head(connection: Connection) -> Head | None:
    """Return the head of the ledger; None if nothing was published."""
    if not _exists(connection, "audit.ledger_entry"):
        return None
    row = connection.execute(
        text("""
            select entry_no as height, encode(entry_hash, 'hex') as head,
                (body::jsonb ->> 'recorded_at')::timestamptz as at
            from audit.ledger_entry order by entry_no desc limit 1
        """)
    ).one_or_none()
    return Head(row.height, row.head, row.at) if row else None


def signoffs(connection: Connection) -> dict[str, Signoff]:
    """Newest sign-off of each validation run that has one."""
    if not _exists(connection, "audit.sign_off"):
        return {}
    rows = connection.execute(
        text("""
            select distinct on (validation_run_id) validation_run_id::text as run_id, decision as verdict,
                signed_by as by, signed_at as at, coalesce(comment, '') as comment
            from audit.sign_off where validation_run_id is not null
            order by validation_run_id, entry_no desc
        """)
    )
    return {row.run_id: Signoff(row.verdict, row.by, row.at, row.comment) for row in rows}


def _exists(connection: Connection, relation: str) -> bool:
    """The ledger came with a later revision of the schema; an older warehouse has none."""
    found = connection.execute(text("select to_regclass(:name) is not null"), {"name": relation})
    return bool(found.scalar_one())
