"""Sources as last used, and how far each has been read."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from decision766.audit.transaction import Bind, transaction


@dataclass(frozen=True)
class Source:
    """A source system: its YAML in short.

    covers: codes of the provinces or ministries it supplies; may be empty for files, whose units speak
    for themselves. data_origin: live, recorded or synthetic. settings_hash: of the YAML as used.
    precedence: of several sources of one record, the lowest speaks.
    """

    source_id: str
    family: str
    name: str
    covers: tuple[str, ...]
    data_origin: str
    settings_hash: str
    precedence: int = 100


def upsert_source(bind: Bind, source: Source) -> None:
    """Write the source as it is used now; unchanged settings change nothing."""
    with transaction(bind) as connection:
        connection.execute(
            text("""
                insert into audit.source (source_id, family, name, covers, data_origin, settings_hash,
                    precedence)
                values (:source_id, :family, :name, cast(:covers as text[]), :data_origin, :settings_hash,
                    :precedence)
                on conflict (source_id) do update
                set family = excluded.family, name = excluded.name, covers = excluded.covers,
                    data_origin = excluded.data_origin, settings_hash = excluded.settings_hash,
                    precedence = excluded.precedence, updated_at = now()
                where (source.family, source.name, source.covers, source.data_origin, source.settings_hash,
                        source.precedence)
                    is distinct from (excluded.family, excluded.name, excluded.covers, excluded.data_origin,
                        excluded.settings_hash, excluded.precedence)
            """),
            {**source.__dict__, "covers": list(source.covers)},
        )


def known_sources(bind: Bind) -> Sequence[Source]:
    """Return every source that was ever used, ordered by id."""
    with transaction(bind) as connection:
        rows = connection.execute(
            text("""
                select source_id, family, name, covers, data_origin, settings_hash, precedence
                from audit.source order by source_id
            """)
        )
        return [Source(row[0], row[1], row[2], tuple(row[3]), row[4], row[5], row[6]) for row in rows]


def cursor_of(bind: Bind, source_id: str, entity: str) -> str | None:
    """Return the cursor that the last load of the entity committed; None before the first."""
    with transaction(bind) as connection:
        cursor: str | None = connection.execute(
            text("select cursor from audit.cursor where source_id = :source_id and entity = :entity"),
            {"source_id": source_id, "entity": entity},
        ).scalar_one_or_none()
        return cursor
