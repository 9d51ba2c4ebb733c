"""Takes away what is due, and leaves a tombstone for each: intended, done, finished after a crash.

A landed object goes in three steps: the intention is committed, the object is deleted (with a tombstone
beside its manifest), the deed is committed. A run that breaks off between them is finished by the next.
A batch's raw rows lose their details in one transaction with their tombstone. Manifests, hashes, rows
and figures stay. A second run finds nothing to do.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from decision766.landing import LandedObject, LandingStore
from decision766.landing.removal import remove
from decision766.retention.places import FIELDS, copies_of, has_item, without_item
from decision766.retention.plan import Due, Plan, holds_any
from decision766.retention.rules import LandedObjects, RawFields, Rule


@dataclass
class Removed:
    """What a run took away: objects and their stored bytes, raw rows that lost something, batches seen."""

    objects: int = 0
    bytes: int = 0
    rows: int = 0
    batches: int = 0


def enforce(engine: Engine, store: LandingStore, plan: Plan, rules: Iterable[Rule]) -> Removed:
    """Carry out a plan; what broke off before is finished first.

    Raises:
        ValueError: the plan looks ahead: what is not due yet is not taken.
        OSError: landing cannot be written; what was done stays done, the next run goes on.
    """
    if plan.as_of > dt.datetime.now(dt.UTC):
        raise ValueError("the plan looks ahead of the clock; it can be shown, but not carried out")
    removed = Removed()
    _finish(engine, store, removed, {rule.id: rule for rule in rules})
    for due in plan.due:
        if isinstance(due.rule, LandedObjects):
            for landed in due.objects:
                _intend(engine, due.rule, landed)
                _take(engine, store, due.rule, landed.path, removed)
        else:
            for batch in due.batches:
                with engine.begin() as connection:
                    removed.rows += _blank(connection, due, due.rule, batch.batch_id)
                removed.batches += 1
    return removed


def _finish(engine: Engine, store: LandingStore, removed: Removed, rules: dict[str, Rule]) -> None:
    with engine.connect() as connection:
        open_paths = connection.execute(
            text("""
                select rule_id, path from audit.tombstone
                where reason = 'retention' and path is not null and done_at is null order by tombstone_id
            """)
        ).all()
    for rule_id, path in open_paths:
        _take(engine, store, rules.get(rule_id), path, removed, rule_id=rule_id)


def _intend(engine: Engine, rule: LandedObjects, landed: LandedObject) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("""
                insert into audit.tombstone (reason, rule_id, keep_days, source_id, entity, path,
                    object_sha256, removed_count)
                values ('retention', :rule_id, :keep_days, :source_id, :entity, :path, :sha256, :records)
                on conflict (rule_id, path) where reason = 'retention' and path is not null do update
                set done_at = null, planned_at = clock_timestamp(), keep_days = excluded.keep_days
            """),
            {
                "rule_id": rule.id,
                "keep_days": rule.keep_days,
                "source_id": landed.source_id,
                "entity": landed.entity,
                "path": landed.path,
                "sha256": landed.sha256,
                "records": landed.record_count,
            },
        )


def _take(
    engine: Engine, store: LandingStore, rule: Rule | None, path: str, removed: Removed, *, rule_id: str = ""
) -> None:
    """Delete an object and say that it is done; what is gone already is done too."""
    name = rule.id if rule else rule_id
    days = f", {rule.keep_days} days" if rule else ""
    why = f"retention rule {name}{days}"
    note = {"why": why, "basis": rule.basis_en if rule else None, "at": dt.datetime.now(dt.UTC)}
    freed = remove(store.root, path, note)
    with engine.begin() as connection:
        connection.execute(
            text("""
                update audit.tombstone
                set done_at = clock_timestamp(), removed_bytes = coalesce(removed_bytes, 0) + :freed
                where rule_id = :rule_id and path = :path
            """),
            {"rule_id": name, "path": path, "freed": freed},
        )
    removed.objects += 1
    removed.bytes += freed


def _blank(connection: Connection, due: Due, rule: RawFields, batch_id: str) -> int:
    """Null a rule's fields in the rows of a batch, and in copies of them; leave the tombstone."""
    sets = []
    for name in rule.fields:
        column, item = FIELDS[rule.entity][name]
        if item is None:
            sets.append(f"{column} = null")
            continue
        # A list that holds nothing of the kind stays as it is, null and empty ones too.
        kept = f"case when {has_item(column, item)} then {without_item(column, item)} else {column} end"
        sets.append(f"{column} = {kept}")
        _blank_copies(connection, rule, column, item, batch_id)
    count = connection.execute(
        text(
            f"update raw.{rule.entity} as held set {', '.join(sets)} "
            f"where batch_id = cast(:batch_id as uuid) and {holds_any(rule)}"
        ),
        {"batch_id": batch_id},
    ).rowcount
    connection.execute(
        text("""
            insert into audit.tombstone (reason, rule_id, keep_days, source_id, entity, batch_id, fields,
                removed_count, done_at)
            values ('retention', :rule_id, :keep_days, :source_id, :entity, cast(:batch_id as uuid),
                cast(:fields as text[]), :count, clock_timestamp())
            on conflict (rule_id, batch_id) where reason = 'retention' and batch_id is not null do update
            set fields = excluded.fields, done_at = excluded.done_at, keep_days = excluded.keep_days,
                removed_count = tombstone.removed_count + excluded.removed_count
        """),
        {
            "rule_id": rule.id,
            "keep_days": rule.keep_days,
            "source_id": due.source_id,
            "entity": due.entity,
            "batch_id": batch_id,
            "fields": list(rule.fields),
            "count": count,
        },
    )
    return int(count)


def _blank_copies(connection: Connection, rule: RawFields, column: str, item: str, batch_id: str) -> None:
    """Tables of the marts' build that carry the list of a dossier: until the next build they hold it too."""
    for table in copies_of(connection, column, "jsonb", "dossier_code"):
        connection.execute(
            text(
                f"update {table} set {column} = {without_item(column, item)} "
                f"where {has_item(column, item)} and dossier_code in "
                f"(select dossier_code from raw.{rule.entity} where batch_id = cast(:batch_id as uuid))"
            ),
            {"batch_id": batch_id},
        )
