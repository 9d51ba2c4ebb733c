"""Loads landed objects of one entity of one source into raw, in one transaction.

Rows, batch, cursor and outcome come together or not at all. What is in raw already is not loaded
again: a row is known by the hash of its redacted record within its source.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Engine

from decision766.landing import LandedObject, LandingStore
from decision766.sources.contract import Window


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
    raise NotImplementedError
