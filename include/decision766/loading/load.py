"""Loads landed objects of one entity of one source into raw, in one transaction.

Rows, batch, cursor and outcome come together or not at all. What is in raw already is not loaded
again: a row is known by the hash of its redacted record within its source. Rows go from the landed
object straight into raw: before a block is copied, its hashes are looked up.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Engine, text

from decision766.audit import Outcome, record_outcome
from decision766.landing import LandedObject, LandingStore
from decision766.loading.copying import copy_new
from decision766.loading.manifest import record_object
from decision766.loading.rows import Prepared
from decision766.sources.contract import Window


@dataclass(frozen=True)
class LoadResult:
    """What a load came to.

    batch_id: the new batch, to be validated next; None if nothing was new (status `unchanged`).
    latest_batch_id: the newest batch of the entity, the new one included. rows_received: records in
    the landed objects; rows_new: rows that raw did not hold before. cursor: as committed, None if it
    was left alone.
    """

    batch_id: str | None
    latest_batch_id: str
    status: Literal["loaded", "unchanged"]
    rows_received: int
    rows_new: int
    cursor: str | None = None


def load_batch(
    engine: Engine,
    store: LandingStore,
    *,
    source_id: str,
    entity: str,
    objects: Iterable[LandedObject | Prepared],
    observed_at: dt.datetime,
    run_id: str,
    window: Window | None = None,
    cursor_before: str | None = None,
    cursor_after: str | Callable[[], str | None] | None = None,
    cursor_entity: str | None = None,
    started_at: dt.datetime | None = None,
    attempt: int = 1,
) -> LoadResult:
    """Load `objects` (all of raw entity `entity`) as one batch, while they come.

    The source must be known (`audit.upsert_source`). cursor_after: committed with the rows, for
    (source_id, cursor_entity), `entity` by default; None leaves the cursor alone; it may be asked for
    once all objects have come. window: that of the objects by default. observed_at: the run's present,
    aware. When nothing is new there is no batch, but an outcome `unchanged` and the
    cursor; the first load of an entity makes a batch even of no rows, because an empty source is a
    source. A row that so far was only in blocked batches moves to this one.

    Raises:
        LandingError: an object is missing or damaged; nothing is loaded.
        sqlalchemy.exc.DBAPIError: the database refused; nothing is loaded.
    """
    started_at = started_at or dt.datetime.now(dt.UTC)
    with engine.begin() as connection:
        # Loads of one entity of one source come one after another: what is new is judged once.
        connection.execute(
            text("select pg_advisory_xact_lock(hashtextextended(:name, 766))"),
            {"name": f"load {source_id} {entity}"},
        )
        batch_id = str(uuid.uuid4())
        copied = copy_new(
            engine, connection, store, source_id=source_id, entity=entity, objects=objects, batch_id=batch_id
        )
        landed = copied.objects
        object_ids = [record_object(connection, each) for each in landed]
        windows = [each.window for each in landed if each.window]
        if windows and window is None:
            window = Window(min(each.start for each in windows), max(each.end for each in windows))
        announced = [each.announced for each in landed if each.announced is not None]
        rows_announced = sum(announced) if landed and len(announced) == len(landed) else None
        cursor = cursor_after() if callable(cursor_after) else cursor_after
        latest = _latest_batch(connection, source_id, entity)
        is_batch = bool(copied.new or latest is None or (latest.is_blocked and window is None))
        if is_batch:
            _insert_batch(
                connection,
                {
                    "batch_id": batch_id,
                    "source_id": source_id,
                    "entity": entity,
                    "object_ids": object_ids,
                    "window_start": window.start if window else None,
                    "window_end": window.end if window else None,
                    "cursor_before": cursor_before,
                    "cursor_after": cursor,
                    "rows_received": copied.rows,
                    "rows_new": copied.new,
                    "rows_announced": rows_announced,
                    "observed_at": observed_at,
                    "run_id": run_id,
                },
            )
        latest_batch_id = batch_id if is_batch else (latest.batch_id if latest else "")
        if cursor is not None:
            _set_cursor(connection, source_id, cursor_entity or entity, cursor, latest_batch_id)
        status: Literal["loaded", "unchanged"] = "loaded" if is_batch else "unchanged"
        record_outcome(
            connection,
            Outcome(
                run_id=run_id,
                source_id=source_id,
                entity=entity,
                status=status,
                started_at=started_at,
                call=_calls(landed),
                window_start=window.start if window else None,
                window_end=window.end if window else None,
                batch_id=latest_batch_id,
                rows_announced=rows_announced,
                rows_received=copied.rows,
                rows_new=copied.new,
                bytes=sum(each.original_bytes for each in landed),
                attempt=max([attempt, *(each.attempt for each in landed)]),
            ),
        )
    return LoadResult(
        batch_id if is_batch else None, latest_batch_id, status, copied.rows, copied.new, cursor
    )


@dataclass(frozen=True)
class _Batch:
    batch_id: str
    is_blocked: bool


def _calls(landed: list[LandedObject]) -> Mapping[str, Any] | None:
    """Say what was asked: how many answers, the first and the last call."""
    if not landed:
        return None
    return {"answers": len(landed), "first": dict(landed[0].call), "last": dict(landed[-1].call)}


def _latest_batch(connection: Connection, source_id: str, entity: str) -> _Batch | None:
    """Return the newest batch of the entity, one that is not blocked if there is any."""
    row = connection.execute(
        text("""
            select batch_id::text, status = 'blocked'
            from audit.batch
            where source_id = :source_id and entity = :entity
            order by status = 'blocked', loaded_at desc, batch_id
            limit 1
        """),
        {"source_id": source_id, "entity": entity},
    ).one_or_none()
    return _Batch(row[0], row[1]) if row else None


def _insert_batch(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(
        text("""
            insert into audit.batch (batch_id, source_id, entity, covers, data_origin, object_ids,
                window_start, window_end, cursor_before, cursor_after, rows_received, rows_new,
                rows_announced, observed_at, run_id)
            select cast(:batch_id as uuid), source_id, :entity, covers, data_origin,
                cast(:object_ids as bigint[]), :window_start, :window_end, :cursor_before, :cursor_after,
                :rows_received, :rows_new, :rows_announced, :observed_at, :run_id
            from audit.source where source_id = :source_id
        """),
        values,
    )


def _set_cursor(connection: Connection, source_id: str, entity: str, cursor: str, batch_id: str) -> None:
    connection.execute(
        text("""
            insert into audit.cursor (source_id, entity, cursor, batch_id)
            values (:source_id, :entity, :cursor, cast(:batch_id as uuid))
            on conflict (source_id, entity) do update
            set cursor = excluded.cursor, batch_id = excluded.batch_id, updated_at = now()
        """),
        {"source_id": source_id, "entity": entity, "cursor": cursor, "batch_id": batch_id},
    )
