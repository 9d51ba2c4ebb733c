"""Writes the manifest of landed objects to audit: what was kept, and what of it was no record."""

import orjson
from sqlalchemy import Connection, text

from decision766.landing import LandedObject


def record_object(connection: Connection, landed: LandedObject) -> int:
    """Write the manifest of a landed object; the same content of the same call is known already."""
    call = orjson.dumps(landed.call, default=str).decode()
    known: int | None = connection.execute(
        text("""
            select object_id from audit.landed_object
            where source_id = :source_id and entity = :entity and object_sha256 = :sha256
                and original_sha256 = :original and call = cast(:call as jsonb)
            limit 1
        """),
        {
            "source_id": landed.source_id,
            "entity": landed.entity,
            "sha256": landed.sha256,
            "original": landed.original_sha256,
            "call": call,
        },
    ).scalar_one_or_none()
    if known is not None:
        return known
    object_id: int = connection.execute(
        text("""
            insert into audit.landed_object (object_sha256, source_id, entity, path, call, window_start,
                window_end, http_status, attempt, record_count, bytes, original_sha256, original_bytes,
                redactor_version, fetched_at)
            values (:sha256, :source_id, :entity, :path, cast(:call as jsonb), :window_start, :window_end,
                :http_status, :attempt, :record_count, :byte_count, :original_sha256, :original_bytes,
                :redactor_version, :fetched_at)
            returning object_id
        """),
        {
            **{name: getattr(landed, name) for name in _OBJECT_COLUMNS},
            "call": call,
            "window_start": landed.window.start if landed.window else None,
            "window_end": landed.window.end if landed.window else None,
        },
    ).scalar_one()
    _record_leftovers(connection, landed)
    return object_id


_OBJECT_COLUMNS = (
    *("sha256", "source_id", "entity", "path", "http_status", "attempt", "record_count", "byte_count"),
    *("original_sha256", "original_bytes", "redactor_version", "fetched_at"),
)


def _record_leftovers(connection: Connection, landed: LandedObject) -> None:
    """Write what of an answer was no record or nobody had declared: where, why, how often; never what."""
    if landed.unparseable:
        connection.execute(
            text("""
                insert into audit.unparseable (source_id, entity, object_sha256, byte_offset, byte_length,
                    cause)
                values (:source_id, :entity, :original_sha256, :byte_offset, :byte_length, :cause)
                on conflict (source_id, entity, object_sha256, byte_offset) do nothing
            """),
            [
                {
                    "source_id": landed.source_id,
                    "entity": landed.entity,
                    "original_sha256": landed.original_sha256,
                    "byte_offset": stretch.byte_offset,
                    "byte_length": stretch.byte_length,
                    "cause": stretch.cause,
                }
                for stretch in landed.unparseable
            ],
        )
    if landed.undeclared:
        connection.execute(
            text("""
                insert into audit.undeclared_field (source_id, entity, field, json_type, seen_count)
                values (:source_id, :entity, :field, :json_type, :count)
                on conflict (source_id, entity, field, json_type) do update
                set seen_count = undeclared_field.seen_count + excluded.seen_count, last_seen = now()
            """),
            [
                {
                    "source_id": landed.source_id,
                    "entity": landed.entity,
                    "field": item.field,
                    "json_type": item.json_type,
                    "count": item.count,
                }
                for item in landed.undeclared
            ],
        )
