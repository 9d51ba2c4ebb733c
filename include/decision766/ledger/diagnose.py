"""Puts a broken link into words: which row, and whether it was changed, removed, inserted or moved."""

import hashlib
from typing import NoReturn

from sqlalchemy import Connection, text

from decision766.ledger.chain import RESTORE, Entry
from decision766.ledger.errors import LedgerBroken
from decision766.ledger.rows import LATEST_STATED, RowTable


def is_content(content: object, content_hash: object) -> bool:
    """Whether a row's content gives the hash it carries."""
    return hashlib.sha256(str(content).encode()).digest() == content_hash


def name_row(connection: Connection, table: RowTable, entry: Entry, expected: int, row_no: int) -> NoReturn:
    """Say what is wrong with a row whose number or hash does not fit."""
    if row_no != expected:
        raise LedgerBroken(
            f"Row {expected} of publication {entry.entry_no} is missing from audit.{table.name} "
            f"(row {row_no} stands in its place): it was deleted, or its number was changed.",
            RESTORE,
        )
    raise LedgerBroken(
        f"Row {row_no} of publication {entry.entry_no} in audit.{table.name} "
        f"({_key(connection, table, entry, row_no)}) is not what was published: its content does not give "
        "its hash.",
        RESTORE,
    )


def name_publication(connection: Connection, table: RowTable, entry: Entry, found: int) -> NoReturn:
    """Say what is wrong with rows that each give their own hash but not the publication's root."""
    stated = entry.stated[table.stated_as]["count"]
    where = f"publication {entry.entry_no} in audit.{table.name}"
    if found != stated:
        what = "rows were deleted" if found < stated else f"rows were inserted, the first is row {stated + 1}"
        raise LedgerBroken(f"The rows of {where} are {found}, but {stated} were published: {what}.", RESTORE)
    misplaced = _first_out_of_order(connection, table, entry)
    if misplaced is not None:
        raise LedgerBroken(
            f"Row {misplaced} of {where} ({_key(connection, table, entry, misplaced)}) stands out of order: "
            "rows were swapped or put in.",
            RESTORE,
        )
    raise LedgerBroken(
        f"The rows of {where} do not give its Merkle root, though each gives its own hash: a row was "
        "changed together with its hash, or the kind of its change was.",
        RESTORE,
    )


def _key(connection: Connection, table: RowTable, entry: Entry, row_no: int) -> str:
    row = connection.execute(
        text(f"""
            select {", ".join(table.key)} from audit.{table.name}
            where entry_no = :entry_no and row_no = :row_no
        """),
        {"entry_no": entry.entry_no, "row_no": row_no},
    ).first()
    return ", ".join(str(part) for part in row) if row else "?"


def _first_out_of_order(connection: Connection, table: RowTable, entry: Entry) -> int | None:
    """Number of the first row that does not belong after the one before it."""
    row_no = connection.execute(
        text(f"""
            select min(row_no) from (
                select row_no, row_number() over (order by {table.sorted_by("ledger")}, row_no) as place
                from audit.{table.name} as ledger where entry_no = :entry_no
            ) as placed
            where row_no <> place
        """),
        {"entry_no": entry.entry_no},
    ).scalar_one()
    return None if row_no is None else int(row_no)


def check_current(connection: Connection) -> None:
    """The working copy says what the ledger's rows say.

    Raises:
        LedgerBroken: naming a figure where they part.
    """
    row = connection.execute(
        text(f"""
            select coalesce(latest.key, current.key) as key
            from ({LATEST_STATED}) as latest
            full join audit.score_current as current
                on latest.key = current.key and latest.content_hash = current.content_hash
            where latest.key is null or current.key is null
            limit 1
        """)
    ).one_or_none()
    filled = connection.execute(text("select exists (select 1 from audit.score_current)")).scalar_one()
    if row is not None and filled:
        raise LedgerBroken(
            f"The ledger is whole, but its working copy audit.score_current differs at {row.key}: "
            "a publication might miss a change.",
            "Empty it (truncate audit.score_current): the next publication refills it from the ledger.",
        )
