"""What still stands under a key: before it is forgotten, nothing may."""

import re

from sqlalchemy import Engine, text

from decision766.audit import known_sources
from decision766.landing import LandingStore
from decision766.retention.places import KEYED


def values_by_key(engine: Engine) -> dict[str, int]:
    """Return key id → how many keyed values in raw carry it."""
    found: dict[str, int] = {}
    with engine.connect() as connection:
        for place in KEYED:
            value = f"element ->> '{place.item}'" if place.item else place.column
            lists = (
                f"cross join lateral jsonb_array_elements({place.column}) as element" if place.item else ""
            )
            rows = connection.execute(
                text(f"""
                    select split_part({value}, ':', 1), count(*) from raw.{place.entity} {lists}
                    where {value} is not null and {value} not like 'erased:%' group by 1
                """)
            )
            for key_id, count in rows:
                found[key_id] = found.get(key_id, 0) + count
    return found


def objects_under_key(engine: Engine, store: LandingStore, key_id: str) -> int:
    """Return how many landed objects hold a value under a key; reads them all."""
    token = re.compile(b'"' + re.escape(key_id.encode()) + rb':[0-9a-f]{32}"')
    with engine.connect() as connection:
        sources = [source.source_id for source in known_sources(connection)]
    return sum(
        any(token.search(line) for _, line in store.read_lines(landed))
        for source_id in sources
        for entity in dict.fromkeys(place.entity for place in KEYED)
        for landed in store.objects(source_id, entity)
    )
