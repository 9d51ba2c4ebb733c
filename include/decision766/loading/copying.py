"""Copies rows into raw as they come, leaving out what raw holds already."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.copy import QueuedLibpqWriter
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from decision766.landing import LandedObject, LandingStore
from decision766.loading.rows import DIGEST, Prepared, RowBlock, copied_columns, row_blocks
from decision766.records import ENTITIES

_MOVED_AT_ONCE = 10_000


@dataclass
class Copied:
    """What was copied. rows: records in the objects; new: rows that raw did not show before."""

    objects: list[LandedObject] = field(default_factory=list)
    rows: int = 0
    new: int = 0


def copy_new(
    engine: Engine,
    connection: Connection,
    store: LandingStore,
    *,
    source_id: str,
    entity: str,
    objects: Iterable[LandedObject | Prepared],
    batch_id: str,
) -> Copied:
    """Copy into raw what it does not hold yet, in the order of arrival, within the caller's transaction.

    The caller holds the load lock of (source, entity), so that what another connection sees of raw is
    all there is besides what this load copied. Rows that so far were only in blocked batches were
    never visible: they move to this batch. Memory does not grow with the objects.

    Raises:
        LandingError: an object is missing or damaged.
        sqlalchemy.exc.DBAPIError: the database refused; its message carries no value.
    """
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError("loading needs an engine on psycopg 3 (postgresql+psycopg)")
    copied = Copied()
    with engine.connect() as reader:
        held = _Held(reader.execution_options(isolation_level="AUTOCOMMIT"), source_id, entity)
        head = f"{batch_id}\t{source_id}\t{held.data_origin}"
        columns = ", ".join(copied_columns(entity))
        try:
            with (
                driver.cursor() as cursor,
                cursor.copy(
                    f"copy raw.{entity} ({columns}) from stdin", writer=QueuedLibpqWriter(cursor)
                ) as copy,
            ):
                for landed, block in _blocks(store, entity, objects, copied):
                    copied.rows += block.rows
                    is_new = held.new(block.digests(), block, landed)
                    fresh = sum(is_new)
                    copied.new += fresh
                    if fresh:
                        copy.write(_lines(block, is_new, f"{head}\t{landed.sha256}\t".encode()))
        except psycopg.Error as error:
            # The server's message quotes the line it stumbled over: only its state goes on.
            refused = type(error)(f"COPY of {entity} was refused")
            raise DBAPIError("copy", None, refused, hide_parameters=True) from None
    copied.new += held.move_to(connection, batch_id)
    return copied


def _blocks(
    store: LandingStore, entity: str, objects: Iterable[LandedObject | Prepared], copied: Copied
) -> Iterator[tuple[LandedObject, RowBlock]]:
    """Yield the rows of each object; those of an object that came without are read from landing."""
    parse = ENTITIES[entity].parse_line
    for each in objects:
        landed = each.landed if isinstance(each, Prepared) else each
        if landed.entity != entity:
            raise ValueError(f"landed object {landed.path} holds {landed.entity}, not {entity}")
        copied.objects.append(landed)
        if isinstance(each, Prepared):
            blocks: Iterable[RowBlock] = each.blocks
        else:
            lines = ((number, line, parse(line)) for number, line in store.read_lines(landed))
            blocks = row_blocks(entity, lines, fetched_at=landed.fetched_at)
        for block in blocks:
            yield landed, block


def _lines(block: RowBlock, is_new: list[bool], head: bytes) -> bytes:
    """Return the block's new lines, each with the columns of the batch before it."""
    if all(is_new):
        return head + block.text[:-1].replace(b"\n", b"\n" + head) + b"\n"
    lines = block.text.splitlines(keepends=True)
    return b"".join(head + line for line, new in zip(lines, is_new, strict=True) if new)


class _Held:
    """What raw holds of one entity of one source, as far as the rows of this load ask for it."""

    def __init__(self, reader: Connection, source_id: str, entity: str):
        self._reader, self._entity = reader, entity
        self._seen: set[bytes] = set()
        self._moved: list[dict[str, Any]] = []
        row = reader.execute(
            text(f"""
                select source.data_origin,
                    exists (select from raw.{entity} where source_id = :source_id) as has_rows,
                    array(
                        select batch_id::text from audit.batch
                        where source_id = :source_id and entity = :entity and status = 'blocked'
                    ) as blocked
                from audit.source where source_id = :source_id
            """),
            {"source_id": source_id, "entity": entity},
        ).one()
        self.data_origin: str = row.data_origin
        self._has_rows: bool = row.has_rows
        self._blocked = frozenset(row.blocked)
        self._source_id = source_id

    def new(self, digests: list[bytes], block: RowBlock, landed: LandedObject) -> list[bool]:
        """Say of each row whether raw lacks it and this load has not brought it already."""
        held = self._look_up(block.hashes) if self._has_rows else {}
        different = set(digests)
        if not held and len(different) == len(digests) and self._seen.isdisjoint(different):
            self._seen |= different
            return [True] * len(digests)
        is_new = []
        for number, digest in enumerate(digests):
            fresh = digest not in self._seen
            if fresh:
                self._seen.add(digest)
                batch_id = held.get(digest)
                if batch_id is not None:
                    fresh = False
                    if batch_id in self._blocked:
                        self._moved.append(
                            {"hash": digest, "sha256": landed.sha256, "line": block.line_number(number)}
                        )
            is_new.append(fresh)
        return is_new

    def move_to(self, connection: Connection, batch_id: str) -> int:
        """Give the rows that were only in blocked batches to this batch; return how many."""
        for at in range(0, len(self._moved), _MOVED_AT_ONCE):
            connection.execute(
                text(f"""
                    update raw.{self._entity}
                    set batch_id = cast(:batch_id as uuid), object_sha256 = :sha256, source_line = :line
                    where source_id = :source_id and row_hash = :hash
                """),
                [
                    {**row, "batch_id": batch_id, "source_id": self._source_id}
                    for row in self._moved[at : at + _MOVED_AT_ONCE]
                ],
            )
        return len(self._moved)

    def _look_up(self, hashes: bytes) -> dict[bytes, str]:
        # One value instead of an array of thousands, which the driver would write one by one.
        rows = self._reader.execute(
            text(f"""
                select row_hash, batch_id::text from raw.{self._entity}
                where source_id = :source_id and row_hash = any(array(
                    select substr(cast(:hashes as bytea), 1 + at, {DIGEST})
                    from generate_series(0, :last, {DIGEST}) as at
                ))
            """),
            {"source_id": self._source_id, "hashes": hashes, "last": len(hashes) - 1},
        )
        return {bytes(row[0]): row[1] for row in rows}
