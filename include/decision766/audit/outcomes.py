"""One row per attempt to read an entity of a source, failed attempts included.

Messages name source, entity, call and cause; a value of a record never stands in them.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, Row, text

from decision766.audit.transaction import Bind, transaction

MAX_MESSAGE = 2000


@dataclass(frozen=True)
class Outcome:
    """What one attempt came to.

    status: loaded, unchanged, failed, blocked or postponed (not asked before postponed_until).
    started_at, window_*, postponed_until: aware datetimes. bytes: of the answers as they came. attempt:
    1 for the first try.
    """

    run_id: str
    source_id: str
    entity: str
    status: str
    started_at: dt.datetime
    call: Mapping[str, Any] | None = None
    window_start: dt.datetime | None = None
    window_end: dt.datetime | None = None
    batch_id: str | None = None
    rows_announced: int | None = None
    rows_received: int | None = None
    rows_new: int | None = None
    bytes: int | None = None
    attempt: int = 1
    error_kind: str | None = None
    error_message: str | None = None
    postponed_until: dt.datetime | None = None


@dataclass(frozen=True)
class LatestOutcome:
    """The last attempt at one entity of one source, and when it last came through.

    last_success_at: finish of the last attempt that was loaded or unchanged; None if there was none.
    """

    source_id: str
    entity: str
    run_id: str
    status: str
    finished_at: dt.datetime
    last_success_at: dt.datetime | None
    batch_id: str | None
    rows_received: int | None
    rows_new: int | None
    error_kind: str | None
    error_message: str | None


def record_outcome(bind: Bind, outcome: Outcome) -> int:
    """Write one outcome; returns its id."""
    values = dict(outcome.__dict__)
    values["call"] = None if outcome.call is None else orjson.dumps(outcome.call, default=str).decode()
    if outcome.error_message:
        values["error_message"] = outcome.error_message[:MAX_MESSAGE]
    with transaction(bind) as connection:
        outcome_id: int = connection.execute(
            text("""
                insert into audit.outcome (run_id, source_id, entity, status, call, window_start, window_end,
                    batch_id, rows_announced, rows_received, rows_new, bytes, attempt, error_kind,
                    error_message, postponed_until, started_at, finished_at)
                values (:run_id, :source_id, :entity, :status, cast(:call as jsonb), :window_start,
                    :window_end, cast(:batch_id as uuid), :rows_announced, :rows_received, :rows_new,
                    :bytes, :attempt, :error_kind, :error_message, :postponed_until, :started_at,
                    clock_timestamp())
                returning outcome_id
            """),
            values,
        ).scalar_one()
        return outcome_id


def record_failure(
    engine: Engine,
    *,
    run_id: str,
    source_id: str,
    entity: str,
    error_kind: str,
    error_message: str,
    started_at: dt.datetime,
    call: Mapping[str, Any] | None = None,
    window_start: dt.datetime | None = None,
    window_end: dt.datetime | None = None,
    attempt: int = 1,
    status: str = "failed",
    postponed_until: dt.datetime | None = None,
) -> int:
    """Write the outcome `failed`, or `postponed`, in a transaction of its own; returns its id.

    postponed_until: from when on the system may be asked again, if that is known. The source must be
    known (`upsert_source`). error_message must not hold a value of a record.
    """
    return record_outcome(
        engine,
        Outcome(
            run_id=run_id,
            source_id=source_id,
            entity=entity,
            status=status,
            started_at=started_at,
            call=call,
            window_start=window_start,
            window_end=window_end,
            attempt=attempt,
            error_kind=error_kind,
            error_message=error_message,
            postponed_until=postponed_until,
        ),
    )


def latest_outcomes(bind: Bind, source_id: str | None = None) -> Sequence[LatestOutcome]:
    """Return the last attempt of every source and entity, or of one source's entities."""
    return _latest(
        bind, "cast(:source_id as text) is null or source_id = :source_id", {"source_id": source_id}
    )


def outcomes_of_run(bind: Bind, run_id: str) -> Sequence[LatestOutcome]:
    """Return the last attempt that one run made at each source and entity."""
    return _latest(bind, "run_id = :run_id", {"run_id": run_id})


def _latest(bind: Bind, condition: str, values: Mapping[str, Any]) -> Sequence[LatestOutcome]:
    with transaction(bind) as connection:
        return [LatestOutcome(*tuple(row)) for row in _latest_rows(connection, condition, values)]


def _latest_rows(connection: Connection, condition: str, values: Mapping[str, Any]) -> Sequence[Row[Any]]:
    return connection.execute(
        text(f"""
            with last as (
                select distinct on (source_id, entity) *
                from audit.outcome where {condition}
                order by source_id, entity, outcome_id desc
            )
            select last.source_id, last.entity, last.run_id, last.status, last.finished_at,
                (
                    select max(good.finished_at) from audit.outcome as good
                    where good.source_id = last.source_id and good.entity = last.entity
                        and good.status in ('loaded', 'unchanged')
                ),
                last.batch_id::text, last.rows_received, last.rows_new, last.error_kind, last.error_message
            from last
            order by last.source_id, last.entity
        """),
        values,
    ).all()
