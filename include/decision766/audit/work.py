"""What there is to do: batches to validate, accepted batches that the marts have yet to take in."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from decision766.audit.transaction import Bind, transaction


@dataclass(frozen=True)
class WorkItem:
    """An accepted batch in the work ledger; evaluation_id is set once an evaluation took it in."""

    work_id: int
    batch_id: str
    source_id: str
    entity: str
    ready_at: dt.datetime
    evaluation_id: str | None


@dataclass(frozen=True)
class WaitingBatch:
    """A loaded batch that no validation has accepted or blocked yet."""

    batch_id: str
    source_id: str
    entity: str
    rows_new: int
    loaded_at: dt.datetime


def batches_to_validate(bind: Bind, source_id: str | None = None) -> Sequence[WaitingBatch]:
    """Return loaded batches without a verdict, oldest first: of a run that crashed in between too."""
    with transaction(bind) as connection:
        rows = connection.execute(
            text("""
                select batch_id::text, source_id, entity, rows_new, loaded_at
                from audit.batch
                where status = 'loaded' and (cast(:source_id as text) is null or source_id = :source_id)
                order by loaded_at, batch_id
            """),
            {"source_id": source_id},
        )
        return [WaitingBatch(*row) for row in rows]


def peek_work(bind: Bind) -> Sequence[WorkItem]:
    """Return the work that no evaluation has taken, oldest first; changes nothing."""
    with transaction(bind) as connection:
        rows = connection.execute(
            text("""
                select work.work_id, work.batch_id::text, batch.source_id, work.entity, work.ready_at,
                    work.evaluation_id::text
                from audit.work_ledger as work
                inner join audit.batch using (batch_id)
                where work.evaluation_id is null
                order by work.work_id
            """)
        )
        return [WorkItem(*row) for row in rows]


def drain_work(bind: Bind, evaluation_id: str) -> Sequence[WorkItem]:
    """Hand all waiting work to an evaluation and return it; a second drain finds nothing left."""
    with transaction(bind) as connection:
        rows = connection.execute(
            text("""
                with taken as (
                    update audit.work_ledger set evaluation_id = cast(:evaluation_id as uuid)
                    where evaluation_id is null
                    returning work_id, batch_id, entity, ready_at, evaluation_id
                )
                select taken.work_id, taken.batch_id::text, batch.source_id, taken.entity, taken.ready_at,
                    taken.evaluation_id::text
                from taken
                inner join audit.batch using (batch_id)
                order by taken.work_id
            """),
            {"evaluation_id": evaluation_id},
        )
        return [WorkItem(*row) for row in rows]
