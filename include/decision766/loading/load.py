"""Loads landed objects of one entity of one source into raw, in one transaction.

Rows, batch, cursor and outcome come together or not at all. What is in raw already is not loaded
again: a row is known by the hash of its redacted record within its source.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import psycopg
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from decision766.audit import Outcome, record_outcome
from decision766.landing import LandedObject, LandingStore
from decision766.loading.manifest import record_object
from decision766.loading.rows import HEAD, copy_lines
from decision766.records import ENTITIES, EntitySpec
from decision766.sources.contract import Window

_BLOCK = 1 << 20  # characters handed to COPY at once


@dataclass(frozen=True)
class LoadResult:
    """What a load came to.

    batch_id: the new batch, to be validated next; None if nothing was new (status `unchanged`).
    latest_batch_id: the newest batch of the entity, the new one included. rows_received: records in
    the landed objects; rows_new: rows that raw did not hold before.
    """

    batch_id: str | None
    latest_batch_id: str
    status: Literal["loaded", "unchanged"]
    rows_received: int
    rows_new: int


def load_batch(
    engine: Engine,
    store: LandingStore,
    *,
    source_id: str,
    entity: str,
    objects: Iterable[LandedObject],
    observed_at: dt.datetime,
    run_id: str,
    window: Window | None = None,
    cursor_before: str | None = None,
    cursor_after: str | None = None,
    cursor_entity: str | None = None,
    rows_announced: int | None = None,
    call: Mapping[str, Any] | None = None,
    started_at: dt.datetime | None = None,
    attempt: int = 1,
) -> LoadResult:
    """Load `objects` (all of raw entity `entity`) as one batch.

    The source must be known (`audit.upsert_source`). cursor_after: committed with the rows, for
    (source_id, cursor_entity), `entity` by default; None leaves the cursor alone. observed_at: the
    run's present, aware. When nothing is new there is no batch, but an outcome `unchanged` and the
    cursor; the first load of an entity makes a batch even of no rows, because an empty source is a
    source. A row that so far was only in blocked batches moves to this one.

    Raises:
        LandingError: an object is missing or damaged; nothing is loaded.
        sqlalchemy.exc.DBAPIError: the database refused; nothing is loaded.
    """
    spec = ENTITIES[entity]
    started_at = started_at or dt.datetime.now(dt.UTC)
    with engine.begin() as connection:
        # Loads of one entity of one source come one after another: what is new is judged once.
        connection.execute(
            text("select pg_advisory_xact_lock(hashtextextended(:name, 766))"),
            {"name": f"load {source_id} {entity}"},
        )
        staged = _stage(connection, spec, store, objects)
        object_ids = [record_object(connection, landed) for landed in staged.objects]
        new = _count_new(connection, spec, source_id)
        latest = _latest_batch(connection, source_id, entity)
        batch_id = None
        if new or latest is None or (latest.is_blocked and window is None):
            batch_id = str(uuid.uuid4())
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
                    "cursor_after": cursor_after,
                    "rows_received": staged.rows,
                    "rows_new": new,
                    "rows_announced": rows_announced,
                    "observed_at": observed_at,
                    "run_id": run_id,
                },
            )
            _move_from_blocked(connection, spec, source_id, batch_id)
            _insert_rows(connection, spec, source_id, batch_id)
        latest_batch_id = batch_id or (latest.batch_id if latest else "")
        if cursor_after is not None:
            _set_cursor(connection, source_id, cursor_entity or entity, cursor_after, latest_batch_id)
        status: Literal["loaded", "unchanged"] = "loaded" if batch_id else "unchanged"
        record_outcome(
            connection,
            Outcome(
                run_id=run_id,
                source_id=source_id,
                entity=entity,
                status=status,
                started_at=started_at,
                call=call,
                window_start=window.start if window else None,
                window_end=window.end if window else None,
                batch_id=latest_batch_id,
                rows_announced=rows_announced,
                rows_received=staged.rows,
                rows_new=new,
                bytes=sum(landed.original_bytes for landed in staged.objects),
                attempt=attempt,
            ),
        )
    return LoadResult(batch_id, latest_batch_id, status, staged.rows, new)


@dataclass
class _Staged:
    objects: list[LandedObject] = field(default_factory=list)
    rows: int = 0


@dataclass(frozen=True)
class _Batch:
    batch_id: str
    is_blocked: bool


def _stage(
    connection: Connection, spec: EntitySpec, store: LandingStore, objects: Iterable[LandedObject]
) -> _Staged:
    """COPY the records into a table that lives as long as the transaction; memory stays flat."""
    columns = ", ".join(
        [*(f"{name} {pg_type}" for name, pg_type in HEAD.items())]
        + [f"{column.name} {column.pg_type}" for column in spec.columns]
    )
    connection.execute(text(f"create temporary table staged ({columns}) on commit drop"))
    staged = _Staged()
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("loading needs an engine on psycopg 3 (postgresql+psycopg)")
    try:
        _copy(driver, spec, store, objects, staged)
    except psycopg.Error as error:
        # The server's message quotes the line it stumbled over: only its state goes on.
        refused = type(error)(f"COPY of {spec.name} was refused")
        raise DBAPIError("copy", None, refused, hide_parameters=True) from None
    connection.execute(text("analyze staged"))
    return staged


def _copy(
    driver: psycopg.Connection[Any],
    spec: EntitySpec,
    store: LandingStore,
    objects: Iterable[LandedObject],
    staged: _Staged,
) -> None:
    with driver.cursor() as cursor, cursor.copy("copy staged from stdin") as copy:
        for landed in objects:
            if landed.entity != spec.name:
                raise ValueError(f"landed object {landed.path} holds {landed.entity}, not {spec.name}")
            staged.objects.append(landed)
            block, size = [], 0
            for line in copy_lines(
                spec,
                store.read_lines(landed),
                landed.sha256,
                fetched_at=landed.fetched_at,
                first_ordinal=staged.rows,
            ):
                block.append(line)
                size += len(line)
                staged.rows += 1
                if size >= _BLOCK:
                    copy.write("".join(block))
                    block, size = [], 0
            copy.write("".join(block))


def _count_new(connection: Connection, spec: EntitySpec, source_id: str) -> int:
    """Count distinct staged rows that raw holds in no batch, or in blocked batches only."""
    count: int = connection.execute(
        text(f"""
            select count(distinct staged.row_hash)
            from staged
            left join raw.{spec.name} as held
                on held.source_id = :source_id and held.row_hash = staged.row_hash
            left join audit.batch on batch.batch_id = held.batch_id
            where held.raw_id is null or batch.status = 'blocked'
        """),
        {"source_id": source_id},
    ).scalar_one()
    return count


def _move_from_blocked(connection: Connection, spec: EntitySpec, source_id: str, batch_id: str) -> None:
    """Rows of a blocked batch were never visible; sent again, they are judged with this batch."""
    connection.execute(
        text(f"""
            update raw.{spec.name} as held
            set batch_id = cast(:batch_id as uuid), object_sha256 = again.object_sha256,
                source_line = again.source_line
            from (
                select distinct on (row_hash) row_hash, object_sha256, source_line
                from staged order by row_hash, ordinal
            ) as again
            where held.source_id = :source_id and held.row_hash = again.row_hash
                and held.batch_id in (
                    select batch_id from audit.batch
                    where source_id = :source_id and entity = :entity and status = 'blocked'
                )
        """),
        {"batch_id": batch_id, "source_id": source_id, "entity": spec.name},
    )


def _insert_rows(connection: Connection, spec: EntitySpec, source_id: str, batch_id: str) -> None:
    """Append what is new, in the order of arrival."""
    names = [*list(HEAD)[1:], *spec.column_names]
    staged_names = ", ".join(f"staged.{name}" for name in names)
    connection.execute(
        text(f"""
            insert into raw.{spec.name} (batch_id, source_id, data_origin, {", ".join(names)})
            select batch.batch_id, batch.source_id, batch.data_origin, {staged_names}
            from staged, audit.batch
            where batch.batch_id = cast(:batch_id as uuid)
            order by staged.ordinal
            on conflict (source_id, row_hash) do nothing
        """),
        {"batch_id": batch_id},
    )


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
