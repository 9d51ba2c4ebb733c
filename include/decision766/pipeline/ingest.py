"""Ingests one source: fetch, land, load, entity by entity, and says what came of it.

An entity that fails is recorded and holds up no other, unless the source refuses or cannot be reached at
all: then it is left in peace. What was landed before a failure is loaded.
Entities that fill the same raw tables (the endpoints of the evaluation API) are loaded as one batch.
A past window can be read by itself: it leaves the cursor of the regular reading alone.
"""

import contextlib
import datetime as dt
import itertools
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from decision766.audit import Outcome, cursor_of, record_failure, record_outcome, upsert_source
from decision766.landing import LandedObject, LandingError, LandingStore, open_landing
from decision766.loading import Prepared, load_batch
from decision766.pipeline.circuit import REFUSED, Breaker
from decision766.pipeline.cursors import note_of_cursor
from decision766.pipeline.failures import failure_of
from decision766.pipeline.patience import POSTPONED, PostponedError, only_reader, stop_in_quiet_hours
from decision766.pipeline.stream import AnswerStream
from decision766.pipeline.summary import EntityFailure, EntityResult, IngestSummary
from decision766.pipeline.unasked import source_of
from decision766.retention import erased_marks
from decision766.settings import Settings
from decision766.sources import (
    Connection,
    SourceAdapter,
    SourceAnswer,
    SourceConfig,
    SourceError,
    Window,
    adapter_for,
)
from decision766.validation import check_rules

__all__ = ["EntityFailure", "EntityResult", "IngestSummary", "ingest_source"]

log = logging.getLogger(__name__)

# A first run may hold years of records: what has been landed is committed whenever this many wait.
COMMIT_ROWS = 200_000
# So many entities in a row that could not be reached, each after its own tries, speak for the whole source.
UNREACHED_ENTITIES = 2


_Failed = tuple[EntityFailure, Mapping[str, Any], dt.datetime]


def ingest_source(
    engine: Engine,
    config: SourceConfig,
    connection: Connection,
    *,
    run_id: str,
    observed_at: dt.datetime,
    window: Window | None = None,
    settings: Settings | None = None,
    full: bool = False,
) -> IngestSummary:
    """Read everything that `config` offers up to `observed_at`, into landing and raw.

    observed_at: the run's present, aware. full: as if nothing had been read before; what raw holds
    already is recognised, and cursors are set anew. window: read that span of source time alone, of the
    entities that have windows, and move no cursor. A source in its quiet hours, or that another reader
    holds, is not asked: the summary says `postponed`. Repeating a run changes nothing but its outcomes.
    Failures of entities are in the summary and in audit.outcome; `raise_for_failures` turns them into
    an error.

    Raises:
        ValueError: observed_at carries no time zone.
        RuleFileError: a rule file is broken; nothing was read or loaded.
        sqlalchemy.exc.DBAPIError: the warehouse cannot be reached.
    """
    if observed_at.tzinfo is None:
        raise ValueError("observed_at must carry a time zone")
    check_rules(engine, settings)
    run = _Run(
        engine,
        open_landing(settings, erased=erased_marks(engine)),
        config,
        adapter_for(config, connection),
        run_id,
        observed_at,
        full=full,
        window=window,
    )
    return run.ingest()


@dataclass
class _Run:
    """One run over one source."""

    engine: Engine
    store: LandingStore
    config: SourceConfig
    adapter: SourceAdapter
    run_id: str
    observed_at: dt.datetime
    full: bool = False
    window: Window | None = None
    unreached: int = 0
    given_up: str = ""

    def __post_init__(self) -> None:
        self.summary = IngestSummary(self.config.id, self.run_id)
        self.breaker = Breaker(self.engine, self.config)

    def ingest(self) -> IngestSummary:
        upsert_source(self.engine, source_of(self.config))
        try:
            stop_in_quiet_hours(self.config, _now())
            with only_reader(self.engine, self.config.id):
                closed = self.breaker.why_closed_to_calls()
                if closed is None:
                    for raw_entities, entities in self._together():
                        self._ingest_together(list(entities), raw_entities)
                else:
                    self._leave_alone(REFUSED, closed, self.breaker.open_until)
        except PostponedError as wait:
            self._leave_alone(POSTPONED, str(wait), wait.until)
        self.summary.notes.extend(self.adapter.notes())
        return self.summary

    def _together(self) -> Iterator[tuple[tuple[str, ...], Iterator[str]]]:
        """The entities to ask for, those that fill the same raw tables together."""
        entities = self.adapter.entities()
        if self.window is not None:
            without = [name for name in entities if not self.adapter.has_windows(name)]
            entities = [name for name in entities if name not in without]
            if without:
                self.summary.notes.append(f"without windows, not asked: {', '.join(without)}")
        return itertools.groupby(entities, key=lambda name: tuple(self.adapter.raw_entities(name)))

    def _leave_alone(self, kind: str, cause: str, until: dt.datetime | None) -> None:
        """Nothing is asked in this run: every entity says why."""
        self._expect_again(until)
        for raw_entities, entities in self._together():
            failure = EntityFailure(", ".join(entities), kind, cause)
            self._record_failure(failure, {}, _now(), raw_entities)

    def _expect_again(self, until: dt.datetime | None) -> None:
        if until is not None:
            self.summary.again_at = max(until, self.summary.again_at or until)

    def _answers(self, entity: str, cursor: str | None) -> Iterator[SourceAnswer]:
        """The answers of an entity; between two of them the quiet hours may begin."""
        answers = self.adapter.fetch(entity, cursor=cursor, observed_at=self.observed_at, window=self.window)
        stop_in_quiet_hours(self.config, _now())
        for answer in answers:
            yield answer
            stop_in_quiet_hours(self.config, _now())

    def _ingest_together(self, entities: list[str], raw_entities: tuple[str, ...]) -> None:
        """Read entities that fill the same raw tables and load them as one batch per table."""
        cursor = None if self.window else cursor_of(self.engine, self.config.id, raw_entities[0])
        started_at = _now()
        failures: list[_Failed] = []
        try:
            if len(entities) == len(raw_entities) == 1:
                self._ingest_one(entities[0], raw_entities[0], cursor, started_at, failures)
            else:
                self._ingest_several(entities, raw_entities, cursor, started_at, failures)
        except (LandingError, SQLAlchemyError) as error:
            failures.append((*failure_of(raw_entities[0], error), started_at))
        for failure, call, began in failures:
            # Written last: the latest outcome of a table says whether its source is stale.
            self._record_failure(failure, call, began, raw_entities)

    def _ingest_one(
        self,
        entity: str,
        raw_entity: str,
        cursor: str | None,
        started_at: dt.datetime,
        failures: list[_Failed],
    ) -> None:
        """Load an entity while it is read, one batch per COMMIT_ROWS."""
        since = None if self.full else cursor
        stream = self._stream(entity, since, started_at, failures)
        if stream is None:
            return
        has_loaded = False
        with contextlib.closing(stream):
            while not stream.ended:
                before = cursor
                cursor = self._load_one(
                    raw_entity,
                    stream.rows_of(raw_entity, COMMIT_ROWS),
                    before,
                    partial(self._reached, entity, before, since, stream),
                    started_at,
                )
                has_loaded = True
        self._note_end(entity, stream, failures, started_at)
        if stream.error is None and not has_loaded and (cursor is not None or self.window):
            self._record_unchanged(raw_entity, cursor, started_at)

    def _ingest_several(
        self,
        entities: list[str],
        raw_entities: tuple[str, ...],
        cursor: str | None,
        started_at: dt.datetime,
        failures: list[_Failed],
    ) -> None:
        """Read several entities that fill several raw tables, then load table by table."""
        objects: dict[str, list[LandedObject | Prepared]] = {name: [] for name in raw_entities}
        since = None if self.full else cursor
        for entity in entities:
            began = _now()
            stream = self._stream(entity, since, began, failures)
            if stream is None:
                continue
            for landed in stream:
                for raw_entity, item in landed.items():
                    objects[raw_entity].append(item)
            self._note_end(entity, stream, failures, began)
        reached = cursor
        if not failures and self.window is None:
            reached = self.adapter.next_cursor(entities[-1], cursor=since, observed_at=self.observed_at)
        for raw_entity, items in objects.items():
            if items:
                self._load_one(raw_entity, items, cursor, reached, started_at)
            elif (cursor is not None or self.window) and not failures:
                self._record_unchanged(raw_entity, cursor, started_at)

    def _stream(
        self, entity: str, since: str | None, started_at: dt.datetime, failures: list[_Failed]
    ) -> AnswerStream | None:
        """Begin to read an entity, unless the source is left in peace."""
        if self.given_up:
            failures.append((EntityFailure(entity, "not_asked", self.given_up), {}, started_at))
            return None
        return AnswerStream(self.store, self.config.id, self._answers(entity, since))

    def _note_end(
        self, entity: str, stream: AnswerStream, failures: list[_Failed], started_at: dt.datetime
    ) -> None:
        """Count what landed, and tell a failure to all who must know."""
        self.summary.answers += stream.answers
        self.summary.bytes += stream.bytes
        self.summary.rejected += stream.rejected
        self.summary.unparseable += stream.unparseable
        if stream.error is None:
            self.unreached = 0
            return
        failure, call = failure_of(entity, stream.error)
        failures.append((failure, call, started_at))
        self._consider_giving_up(failure)
        self.breaker.see(failure.kind, failure.cause)
        self._expect_again(getattr(stream.error, "again_at", None) or getattr(stream.error, "until", None))
        self._expect_again(self.breaker.open_until)

    def _consider_giving_up(self, failure: EntityFailure) -> None:
        """Ask a source that refuses, or that was not reached twice in a row, for nothing more in this run."""
        self.unreached = self.unreached + 1 if failure.kind == "unreachable" else 0
        refused = failure.kind == REFUSED and self.config.circuit is None  # else the breaker says so
        if refused or self.unreached >= UNREACHED_ENTITIES:
            self.given_up = f"not asked any more, after {failure.entity}: {failure.cause}"

    def _reached(
        self, entity: str, cursor: str | None, since: str | None, stream: AnswerStream
    ) -> str | None:
        """Cursor after what was handed out: all of it, or as far as its last window was complete."""
        if self.window is not None:
            return None
        if stream.ended and stream.error is None:
            return self.adapter.next_cursor(entity, cursor=since, observed_at=self.observed_at)
        if stream.last is None or stream.last.window is None:
            return cursor
        end = stream.last.window.end
        if isinstance(stream.error, SourceError) and stream.error.complete_until is not None:
            end = min(end, stream.error.complete_until)
        return self.adapter.next_cursor(entity, cursor=cursor, observed_at=end)

    def _load_one(
        self,
        raw_entity: str,
        objects: Iterable[LandedObject | Prepared],
        cursor: str | None,
        reached: str | Callable[[], str | None] | None,
        started_at: dt.datetime,
    ) -> str | None:
        """Load one batch; return the cursor that now holds."""
        result = load_batch(
            self.engine,
            self.store,
            source_id=self.config.id,
            entity=raw_entity,
            objects=objects,
            observed_at=self.observed_at,
            run_id=self.run_id,
            cursor_before=cursor,
            cursor_after=reached,
            started_at=started_at,
        )
        if result.batch_id is not None:
            self.summary.batch_ids.append(result.batch_id)
        self.summary.entities.append(
            EntityResult(raw_entity, result.status, result.batch_id, result.rows_received, result.rows_new)
        )
        log.info(
            "source %s, %s: %s, %d rows received, %d new, %.1f s",
            self.config.id,
            raw_entity,
            result.status,
            result.rows_received,
            result.rows_new,
            (_now() - started_at).total_seconds(),
        )
        return result.cursor if result.cursor is not None else cursor

    def _record_unchanged(self, raw_entity: str, cursor: str | None, started_at: dt.datetime) -> None:
        """The source was looked at and had nothing to send, not even an answer."""
        record_outcome(
            self.engine,
            Outcome(
                run_id=self.run_id,
                source_id=self.config.id,
                entity=raw_entity,
                status="unchanged",
                started_at=started_at,
                window_start=self.window.start if self.window else None,
                window_end=self.window.end if self.window else None,
                rows_received=0,
                rows_new=0,
            ),
        )
        self.summary.entities.append(EntityResult(raw_entity, "unchanged", None, 0, 0))
        if cursor is not None:
            self.summary.notes += note_of_cursor(self.config.id, raw_entity, cursor, self.observed_at)
        log.info("source %s, %s: unchanged, nothing was sent", self.config.id, raw_entity)

    def _record_failure(
        self,
        failure: EntityFailure,
        call: Mapping[str, Any],
        started_at: dt.datetime,
        raw_entities: tuple[str, ...],
    ) -> None:
        """Write the failure for every raw table that it leaves stale, after what did load."""
        message = str(SourceError(self.config.id, failure.entity, failure.cause, kind=failure.kind))
        waits = failure.kind == POSTPONED
        for raw_entity in raw_entities:
            record_failure(
                self.engine,
                run_id=self.run_id,
                source_id=self.config.id,
                entity=raw_entity,
                error_kind=failure.kind,
                error_message=message,
                started_at=started_at,
                call={key: value for key, value in call.items() if key != "attempts"} or None,
                attempt=int(call.get("attempts", 1)),
                status=POSTPONED if waits else "failed",
                postponed_until=self.summary.again_at if waits or failure.kind == REFUSED else None,
                window_start=self.window.start if self.window else None,
                window_end=self.window.end if self.window else None,
            )
        if waits:
            self.summary.postponed.append(failure)
            log.warning("%s", message)
            return
        self.summary.failed.append(failure)
        self.summary.failures.append(message)
        log.error("%s", message)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
