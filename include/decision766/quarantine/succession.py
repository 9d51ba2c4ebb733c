"""Rows whose correction has come: a later row in raw says anew what the held one should have said."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, text

from decision766.records import ENTITIES

# What names a record, where that is not its natural key: a rating or a published figure may be corrected,
# and each capture of the portal has an id of its own.
_KEYS: dict[str, tuple[str, ...]] = {
    "rating": ("dossier_code", "rated_at"),
    "published_metric": ("portal_unit_id", "endpoint", "period_grain", "period_start", "metric_code"),
    "published_group": ("portal_unit_id", "endpoint", "period_grain", "period_start", "display_group"),
}
# The held row may be held because one of these could not be read: where it has none, any will do.
_MAY_BE_UNREAD = frozenset({"occurred_at", "status", "rated_at", "synced_at", "issued_at", "valid_from"})
# Absence is an answer: a measure stated without a level is about the unit itself.
_MAY_BE_ABSENT = frozenset({"unit_level"})


def successors(connection: Connection, entity: str, raw_ids: Iterable[int]) -> dict[int, int]:
    """Return raw_id of a held row → raw_id of the newest visible row that arrived later for the same record.

    Rows without the columns that name a record have none: nobody can say what they were about.
    """
    ids = sorted(raw_ids)
    if not ids:
        return {}
    same = " and ".join(_same(column) for column in _KEYS.get(entity, ENTITIES[entity].natural_key))
    found = connection.execute(
        text(f"""
            select held.raw_id, max(newer.raw_id)
            from raw.{entity} as held
            inner join raw.{entity} as newer on newer.raw_id > held.raw_id and {same}
            inner join audit.batch on batch.batch_id = newer.batch_id and batch.status = 'accepted'
            where held.raw_id = any(cast(:ids as bigint[])) and not exists (
                select 1 from audit.quarantine as other
                where other.entity = :entity and other.raw_id = newer.raw_id and other.state = 'open'
            )
            group by held.raw_id
        """),
        {"ids": ids, "entity": entity},
    )
    return {row[0]: row[1] for row in found}


def successors_by_entity(
    connection: Connection, rows: Iterable[tuple[str, int]]
) -> Mapping[tuple[str, int], int]:
    """Return (entity, raw_id) → raw_id of its successor, for rows of several entities."""
    by_entity: dict[str, set[int]] = {}
    for entity, raw_id in rows:
        by_entity.setdefault(entity, set()).add(raw_id)
    return {
        (entity, held): newer
        for entity, ids in by_entity.items()
        for held, newer in successors(connection, entity, ids).items()
    }


def _same(column: str) -> str:
    if column in _MAY_BE_ABSENT:
        return f"newer.{column} is not distinct from held.{column}"
    equal = f"newer.{column} = held.{column}"
    return f"({equal} or held.{column} is null)" if column in _MAY_BE_UNREAD else equal
