"""What is due: which landed objects and which raw rows have outlived their rule. Changes nothing."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from decision766.audit import known_sources
from decision766.landing import LandedObject, LandingStore
from decision766.retention.places import FIELDS, has_item
from decision766.retention.rules import LandedObjects, RawFields, Rule


@dataclass(frozen=True)
class DueBatch:
    """A batch whose rows outlived a rule. rows: how many of them hold something that goes."""

    batch_id: str
    rows: int


@dataclass(frozen=True)
class Due:
    """What one rule takes from one entity of one source.

    oldest, newest: aware instants from which the rule counts, of what is due.
    """

    rule: Rule
    source_id: str
    entity: str
    oldest: dt.datetime
    newest: dt.datetime
    objects: tuple[LandedObject, ...] = ()
    batches: tuple[DueBatch, ...] = ()

    @property
    def bytes(self) -> int:
        """Stored bytes of the objects."""
        return sum(landed.stored_bytes for landed in self.objects)

    @property
    def rows(self) -> int:
        """Raw rows that lose something."""
        return sum(batch.rows for batch in self.batches)


@dataclass(frozen=True)
class Plan:
    """What is due as of an instant; `unfinished`: removals that broke off and will be finished."""

    as_of: dt.datetime
    due: tuple[Due, ...]
    unfinished: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.due and not self.unfinished


def make_plan(engine: Engine, store: LandingStore, rules: Iterable[Rule], *, as_of: dt.datetime) -> Plan:
    """Find what is due.

    as_of: aware instant from which the terms count back; may lie ahead, to see what will be due.

    Raises:
        ValueError: as_of carries no time zone.
    """
    if as_of.tzinfo is None:
        raise ValueError("as_of must carry a time zone")
    due: list[Due] = []
    with engine.connect() as connection:
        for rule in rules:
            before = as_of - dt.timedelta(days=rule.keep_days)
            if isinstance(rule, LandedObjects):
                due += _objects(connection, store, rule, before)
            else:
                due += _batches(connection, rule, before)
        unfinished = connection.execute(
            text("select count(*) from audit.tombstone where reason = 'retention' and done_at is null")
        ).scalar_one()
    return Plan(as_of, tuple(due), unfinished)


def _objects(
    connection: Connection, store: LandingStore, rule: LandedObjects, before: dt.datetime
) -> Iterator[Due]:
    for source_id in [source.source_id for source in known_sources(connection)]:
        for entity in rule.entities:
            latest = _latest_fetch(connection, source_id, entity)
            found = [
                (max(landed.fetched_at, latest.get(landed.path, landed.fetched_at)), landed)
                for landed in store.objects(source_id, entity)
            ]
            old = sorted((at, landed.path, landed) for at, landed in found if at < before)
            if old:
                objects = tuple(landed for _, _, landed in old)
                yield Due(rule, source_id, entity, old[0][0], old[-1][0], objects=objects)


def _latest_fetch(connection: Connection, source_id: str, entity: str) -> dict[str, dt.datetime]:
    """When each object last came: the same content may have come in answer to several calls."""
    rows = connection.execute(
        text("""
            select path, max(fetched_at) as latest from audit.landed_object
            where source_id = :source_id and entity = :entity group by path
        """),
        {"source_id": source_id, "entity": entity},
    )
    return {row.path: row.latest for row in rows}


def _batches(connection: Connection, rule: RawFields, before: dt.datetime) -> Iterator[Due]:
    rows = connection.execute(
        text(f"""
            select batch.source_id, batch.batch_id::text, batch.loaded_at,
                count(held.raw_id) filter (where {holds_any(rule)}) as rows
            from audit.batch
            left join raw.{rule.entity} as held on held.batch_id = batch.batch_id
            where batch.entity = :entity and batch.loaded_at < :before
                and not exists (
                    select from audit.tombstone as done
                    where done.batch_id = batch.batch_id and done.rule_id = :rule_id
                        and done.fields @> cast(:fields as text[])
                )
            group by batch.source_id, batch.batch_id, batch.loaded_at
            order by batch.source_id, batch.loaded_at, batch.batch_id
        """),
        {"entity": rule.entity, "before": before, "rule_id": rule.id, "fields": list(rule.fields)},
    ).all()
    for source_id in dict.fromkeys(row.source_id for row in rows):
        own = [row for row in rows if row.source_id == source_id]
        batches = tuple(DueBatch(row.batch_id, row.rows) for row in own)
        yield Due(rule, source_id, rule.entity, own[0].loaded_at, own[-1].loaded_at, batches=batches)


def holds_any(rule: RawFields) -> str:
    """SQL of whether a raw row holds something that the rule takes out."""
    conditions = []
    for name in rule.fields:
        column, item = FIELDS[rule.entity][name]
        conditions.append(has_item(f"held.{column}", item) if item else f"held.{column} is not null")
    return "(" + " or ".join(conditions) + ")"
