"""Proves a ledger: rows against Merkle roots, entry against entry, the chain against its heads outside.

`check_chain` is quick (entries and heads; rows of the last publication on request) and runs before every
build and append. `verify_ledger` streams every row, hashes it here and not in the database, and looks at
the evidence behind it. Both stop at the first broken link and name it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

from decision766.ledger import diagnose
from decision766.ledger.chain import RESTORE, Entry, Links, last_entry, read_entries
from decision766.ledger.errors import LedgerBroken
from decision766.ledger.evidence import BATCH_SHA256
from decision766.ledger.heads import HEADS_STEP, Head, Heads
from decision766.ledger.merkle import MerkleTree, leaf_hash
from decision766.ledger.reports import KIND as REPORT
from decision766.ledger.reports import check_report
from decision766.ledger.rows import ROW_TABLES, RowTable, stream

Told = Callable[[str, int, int], None]  # what is being proved, how many done, of how many


@dataclass(frozen=True)
class Proof:
    """What was proved. rows: ledger rows whose hashes were computed anew; reports: those whose files were."""

    entries: int
    publications: int
    rows: int
    head: Entry | None
    heads_outside: int
    reports: int = 0


def check_chain(
    connection: Connection, heads: Heads, *, last_publication: bool = False
) -> tuple[Entry | None, list[Head]]:
    """Prove entries and heads; return the last entry and the heads that a crash kept from being written.

    Raises:
        LedgerBroken: naming the first broken link.
    """
    outside = heads.read()
    links, unwritten = Links(), []
    for entry in read_entries(connection):
        links.follow(entry)
        if (head := _against_outside(entry, outside, heads.place)) is not None:
            unwritten.append(head)
    last = links.last
    _check_length(last, unwritten, outside, heads.place)
    _check_no_row_after(connection, last)
    if last_publication and (publication := last_entry(connection, "publication")) is not None:
        for table in ROW_TABLES:
            check_rows(connection, table, publication)
    return last, unwritten


def verify_ledger(
    connection: Connection,
    heads: Heads,
    *,
    printed: Mapping[int, str] | None = None,
    archive: str | None = None,
    told: Told = lambda what, done, total: None,
) -> Proof:
    """Prove all there is: chain, heads outside and printed, every row, batches behind it, working copy.

    printed: beginnings of hashes by entry, as scorecards show them. archive: where issued reports are kept;
    None leaves their files out. Run it in a repeatable-read
    transaction, so that a publication meanwhile does no harm.

    Raises:
        LedgerBroken: naming the first broken link.
    """
    outside, total = heads.read(), _count_entries(connection)
    links, rows, publications, reports, unwritten = Links(), 0, 0, 0, []
    for number, entry in enumerate(read_entries(connection), 1):
        links.follow(entry)
        if (head := _against_outside(entry, outside, heads.place)) is not None:
            unwritten.append(head)
        _against_print(entry, printed or {})
        if entry.kind == "publication":
            publications += 1
            rows += sum(check_rows(connection, table, entry) for table in ROW_TABLES)
            _check_batches(connection, entry)
        elif entry.kind == REPORT and archive is not None:
            check_report(entry, archive)
            reports += 1
        told("entries and their rows", number, total)
    last = links.last
    _check_length(last, unwritten, outside, heads.place)
    for entry_no, said in (printed or {}).items():
        if last is None or entry_no > last.entry_no:
            raise LedgerBroken(
                f"Entry {entry_no} ({said}…) was printed, but the ledger ends at entry "
                f"{last.entry_no if last else 0}: its tail was cut.",
                RESTORE,
            )
    _check_no_row_elsewhere(connection)
    told("working copy", total, total)
    diagnose.check_current(connection)
    return Proof(total, publications, rows, last, len(outside), reports)


def check_rows(connection: Connection, table: RowTable, entry: Entry) -> int:
    """Prove the rows of one publication in one table; return how many there are.

    Raises:
        LedgerBroken: naming the row where its own hash shows it, else what the order shows.
    """
    stated = entry.stated[table.stated_as]
    tree, expected, prefix = MerkleTree(), 0, f"{entry.entry_no}:".encode()
    statement = f"""
        select row_no, change, content_hash, {table.content("ledger")}
        from audit.{table.name} as ledger where entry_no = %s order by row_no
    """
    for rows in stream(connection, statement, (entry.entry_no,)):
        leaves = []
        for row_no, change, content_hash, content in rows:
            expected += 1
            if row_no != expected or not diagnose.is_content(content, content_hash):
                diagnose.name_row(connection, table, entry, expected, row_no)
            leaves.append(leaf_hash(prefix + f"{row_no}:{change}:{content_hash.hex()}".encode()))
        tree.extend(leaves)
    if expected != stated["count"] or tree.root().hex() != stated["merkle_root"]:
        diagnose.name_publication(connection, table, entry, expected)
    return expected


def _against_outside(entry: Entry, outside: Mapping[int, Head], place: str) -> Head | None:
    """The entry's head if it is not outside yet."""
    head = outside.get(entry.entry_no)
    if head is None:
        return Head.of(entry)
    if head.entry_hash != entry.hash_hex:
        raise LedgerBroken(
            f"Entry {entry.entry_no} ({entry.kind}) has the hash {entry.hash_hex[:16]}…, but "
            f"{head.entry_hash[:16]}… was written outside ({place}): the chain was rewritten from here on.",
            RESTORE,
        )
    return None


def _against_print(entry: Entry, printed: Mapping[int, str]) -> None:
    said = printed.get(entry.entry_no)
    if said is not None and not entry.hash_hex.startswith(said.lower()):
        raise LedgerBroken(
            f"Entry {entry.entry_no} ({entry.kind}) has the hash {entry.hash_hex[:16]}…, but {said}… was "
            "printed: the chain was rewritten from here on.",
            RESTORE,
        )


def _check_length(last: Entry | None, unwritten: list[Head], outside: Mapping[int, Head], place: str) -> None:
    """The chain ends where the heads outside end; one entry more is what a crash may leave."""
    end = last.entry_no if last else 0
    if outside and max(outside) > end:
        raise LedgerBroken(
            f"The ledger ends at entry {end}, but entry {end + 1} was written outside ({place}): "
            f"its tail was cut, {max(outside) - end} entries are gone.",
            RESTORE,
        )
    if [head.entry_no for head in unwritten] not in ([], [end]):
        raise LedgerBroken(
            f"{len(unwritten)} of {end} entries are not known outside ({place}), the first is entry "
            f"{unwritten[0].entry_no}: heads were removed, or this is not where they were kept.",
            HEADS_STEP,
        )


def _check_no_row_after(connection: Connection, last: Entry | None) -> None:
    for table in ROW_TABLES:
        row = connection.execute(
            text(f"select max(entry_no) as entry_no from audit.{table.name}")
        ).scalar_one()
        if row is not None and row > (last.entry_no if last else 0):
            raise LedgerBroken(
                f"audit.{table.name} holds rows of entry {row}, but the ledger ends at entry "
                f"{last.entry_no if last else 0}: rows were inserted, or the last entry was cut.",
                RESTORE,
            )


def _check_no_row_elsewhere(connection: Connection) -> None:
    for table in ROW_TABLES:
        row = connection.execute(
            text(f"""
                select ledger.entry_no, min(row_no) as row_no, count(*) as rows
                from audit.{table.name} as ledger
                left join audit.ledger_entry as entry
                    on ledger.entry_no = entry.entry_no and entry.kind = 'publication'
                where entry.entry_no is null
                group by ledger.entry_no order by ledger.entry_no limit 1
            """)
        ).one_or_none()
        if row is not None:
            raise LedgerBroken(
                f"audit.{table.name} holds {row.rows} rows of entry {row.entry_no}, which is no publication.",
                RESTORE,
            )


def _check_batches(connection: Connection, entry: Entry) -> None:
    """The batches behind a publication are still those that were named."""
    stated = {item["batch_id"]: item["sha256"] for item in entry.stated["inputs"]["batches"]}
    if not stated:
        return
    found = connection.execute(
        text(f"""
            select batch.batch_id::text as batch_id, encode({BATCH_SHA256}, 'hex') as sha256
            from audit.batch where batch.batch_id = any(cast(:ids as uuid[]))
        """),
        {"ids": list(stated)},
    )
    present = {row.batch_id: row.sha256 for row in found}
    for batch_id, sha256 in stated.items():
        if present.get(batch_id) != sha256:
            what = "is gone" if batch_id not in present else "rests on other landed objects now"
            raise LedgerBroken(
                f"Publication {entry.entry_no} was computed from batch {batch_id}, which {what}.",
                "Its rows are proved, its evidence is not: restore audit.batch and audit.landed_object.",
            )


def _count_entries(connection: Connection) -> int:
    return int(connection.execute(text("select count(*) from audit.ledger_entry")).scalar_one())
