"""Publication: a build that succeeded appends what it changed, under one entry, or nothing at all.

One transaction closes the evaluation, appends rows and entry; the head goes outside after its commit. A
crash before the commit leaves the evaluation open (the next build takes its batches over), a crash after
it leaves one head to be written by whoever appends next.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, text

from decision766.ledger.chain import Entry, append_entry, next_entry_no, read_entries
from decision766.ledger.check import check_chain
from decision766.ledger.errors import NotRecorded
from decision766.ledger.evidence import code_of, inputs_of
from decision766.ledger.heads import Head, Heads, open_heads
from decision766.ledger.rows import ROW_TABLES, append_scorecards, append_scores, stored_root
from decision766.settings import Settings, get_settings

log = logging.getLogger(__name__)

_LOCK = "hashtextextended('decision766.ledger', 766)"


@dataclass(frozen=True)
class Publication:
    """What a publication appended. is_new: False if the evaluation had been published before."""

    entry: Entry
    scores: int
    scorecards: int
    is_new: bool


@contextmanager
def alone_with_the_ledger(engine: Engine, heads: Heads) -> Iterator[Connection]:
    """One transaction, alone and on a verified chain; its new heads are outside when the block ends.

    Raises:
        LedgerBroken: the chain or its heads do not verify; nothing was written.
    """
    with engine.connect() as connection:
        # The lock comes before the transaction: its snapshot must see what the last holder committed.
        connection.execute(text(f"select pg_advisory_lock({_LOCK})"))
        connection.commit()
        try:
            connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                before, unwritten = check_chain(connection, heads)
                if unwritten:
                    heads.append(unwritten)
                yield connection
                after = list(read_entries(connection, after=before.entry_no if before else 0))
            if after:
                heads.append([Head.of(entry) for entry in after])
        finally:
            connection.rollback()
            connection.execute(text(f"select pg_advisory_unlock({_LOCK})"))
            connection.commit()


def refuse_if_broken(engine: Engine, settings: Settings | None = None) -> None:
    """Before a build: prove chain, heads and the last publication; on a broken ledger no mart changes.

    Raises:
        LedgerBroken: naming the first broken link.
    """
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        check_chain(connection, open_heads(settings or get_settings()), last_publication=True)


def write_missing_heads(engine: Engine, heads: Heads) -> int:
    """Write the head that a crash kept from being written; return how many were missing.

    Raises:
        LedgerBroken: the chain or its heads do not verify.
    """
    before = len(heads.read())
    with alone_with_the_ledger(engine, heads):
        pass
    return len(heads.read()) - before


def publish_evaluation(
    engine: Engine, evaluation_id: str, *, settings: Settings | None = None
) -> Publication:
    """Close the evaluation as built and append to the ledger what its marts changed. Repeating it is safe.

    Raises:
        LedgerBroken: the ledger does not verify; nothing was published.
        NotRecorded: the marts are not those of this evaluation, or another build took it over.
    """
    settings, began = settings or get_settings(), time.monotonic()
    with alone_with_the_ledger(engine, open_heads(settings)) as connection:
        done = _published(connection, evaluation_id)
        if done is not None:
            return Publication(done, 0, 0, is_new=False)
        evaluation = _evaluation(connection, evaluation_id)
        entry_no = next_entry_no(connection)
        connection.execute(text("set local work_mem = '128MB'"))
        follows = _follows_publication(connection, evaluation_id)
        scores = append_scores(connection, entry_no, of_affected=follows)
        scorecards = append_scorecards(connection, entry_no)
        counts = dict(zip((table.stated_as for table in ROW_TABLES), (scores, scorecards), strict=True))
        facts = {
            **evaluation,
            **{
                table.stated_as: {
                    "count": counts[table.stated_as],
                    "merkle_root": stored_root(connection, table, entry_no),
                }
                for table in ROW_TABLES
            },
            "inputs": inputs_of(connection, evaluation_id),
            "code": code_of(settings),
        }
        entry = append_entry(connection, "publication", facts)
        connection.execute(
            text("""
                update audit.evaluation set status = 'built', finished_at = now()
                where evaluation_id = cast(:id as uuid)
            """),
            {"id": evaluation_id},
        )
    log.info(
        "publication %d (%s): %d figures and %d scorecards changed, %.1f s",
        entry.entry_no,
        entry.hash_hex[:16],
        scores,
        scorecards,
        time.monotonic() - began,
    )
    return Publication(entry, scores, scorecards, is_new=True)


def _follows_publication(connection: Connection, evaluation_id: str) -> bool:
    """Whether the evaluation's build rewrote only what changed since the build that was last published.

    A unit that a period no longer has is not among what the build wrote: then everything is compared.
    """
    return bool(
        connection.execute(
            text("""
                select evaluation.basis is not null and evaluation.rebuilt_because is null
                    and exists (select 1 from audit.score_current)
                    and not exists (
                        select unit_code, period_grain, period_start
                        from intermediate.int_shown_scope_before where boundary = 'as_was'
                        except
                        select unit_code, period_grain, period_start
                        from intermediate.int_shown_scope where boundary = 'as_was'
                    )
                    and (select evaluation_id from audit.publication order by entry_no desc limit 1) = (
                        select evaluation_id from audit.evaluation as last
                        where last.started_at < evaluation.started_at order by last.started_at desc limit 1
                    )
                from audit.evaluation as evaluation
                where evaluation.evaluation_id = cast(:id as uuid)
            """),
            {"id": evaluation_id},
        ).scalar_one()
    )


def _published(connection: Connection, evaluation_id: str) -> Entry | None:
    entry_no = connection.execute(
        text("select entry_no from audit.publication where evaluation_id = cast(:id as uuid)"),
        {"id": evaluation_id},
    ).scalar_one_or_none()
    if entry_no is None:
        return None
    row = connection.execute(
        text("select entry_no, kind, body, entry_hash from audit.ledger_entry where entry_no = :no"),
        {"no": entry_no},
    ).one()
    return Entry(row.entry_no, row.kind, row.body, bytes(row.entry_hash))


def _evaluation(connection: Connection, evaluation_id: str) -> dict[str, Any]:
    """Facts of the evaluation, whose marts must be the ones that stand now."""
    row = connection.execute(
        text("""
            select evaluated_at, run_id, status from audit.evaluation
            where evaluation_id = cast(:id as uuid)
        """),
        {"id": evaluation_id},
    ).one_or_none()
    if row is None or row.status == "failed":
        raise NotRecorded(
            f"Evaluation {evaluation_id} cannot be published: "
            f"{'there is none' if row is None else 'it failed, or another build took it over'}.",
            "Build again: what was read is kept.",
        )
    foreign = connection.execute(
        text("""
            select evaluation_id::text from marts.fct_indicator
            where evaluation_id <> cast(:id as uuid) limit 1
        """),
        {"id": evaluation_id},
    ).scalar_one_or_none()
    if foreign is not None:
        raise NotRecorded(
            f"The marts are those of evaluation {foreign}, not of {evaluation_id}: nothing was published.",
            "Build again, and one build at a time.",
        )
    return {
        "evaluation_id": evaluation_id,
        "evaluated_at": row.evaluated_at.isoformat(),
        "run_id": row.run_id,
    }
