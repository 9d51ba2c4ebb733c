"""The outcome of an attempt that ended before the source could be asked: it is not set up rightly."""

import datetime as dt
import hashlib

from sqlalchemy import Engine

from decision766.audit import Source, record_failure, upsert_source
from decision766.sources import Connection, SourceConfig, adapter_for


def source_of(config: SourceConfig) -> Source:
    """The source as the audit tables know it."""
    return Source(
        source_id=config.id,
        family=config.family,
        name=config.name,
        covers=tuple(config.covers),
        data_origin=config.data_origin,
        settings_hash=hashlib.sha256(config.model_dump_json(by_alias=True).encode()).hexdigest(),
        precedence=config.precedence,
    )


def record_unasked(engine: Engine, config: SourceConfig, *, run_id: str, kind: str, cause: str) -> None:
    """Write a failed outcome for every raw table that the source would have filled.

    kind: connection or settings. cause: what is wrong and what to do, without credentials.
    """
    now = dt.datetime.now(dt.UTC)
    adapter = adapter_for(config, Connection("http://no.connection"))
    raw_entities = [name for entity in adapter.entities() for name in adapter.raw_entities(entity)]
    upsert_source(engine, source_of(config))
    for raw_entity in dict.fromkeys(raw_entities):
        record_failure(
            engine,
            run_id=run_id,
            source_id=config.id,
            entity=raw_entity,
            error_kind=kind,
            error_message=f"source {config.id}, {raw_entity}: {cause}",
            started_at=now,
        )
