"""Ingests one source: fetch, land, load, entity by entity, and says what came of it.

An entity that fails is recorded and holds up no other, unless the source refuses or cannot be reached at
all: then it is left in peace. What was landed before a failure is loaded.
Entities that fill the same raw tables (the endpoints of the evaluation API) are loaded as one batch.
A past window can be read by itself: it leaves the cursor of the regular reading alone.
"""

import datetime as dt
import itertools
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from decision766.audit import Outcome, cursor_of, record_failure, record_outcome, upsert_source
from decision766.landing import LandedObject, LandingError, LandingStore, open_landing
from decision766.loading import load_batch
from decision766.pipeline.circuit import REFUSED, Breaker
from decision766.pipeline.patience import POSTPONED, PostponedError, only_reader, stop_in_quiet_hours
from decision766.pipeline.summary import EntityFailure, EntityResult, IngestSummary
from decision766.pipeline.unasked import source_of
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

__all__ = ["EntityFailure", "EntityResult", "IngestSummary", "ingest_source"]

log = logging.getLogger(__name__)

# A first run may hold years of records: what has been landed is committed whenever this many wait.
COMMIT_ROWS = 200_000
# So many entities in a row that could not be reached, each after its own tries, speak for the whole source.
UNREACHED_ENTITIES = 2


@dataclass
class _Waiting:
    """Landed objects of one load that raw does not hold yet."""

    objects: dict[str, list[LandedObject]]
    started_at: dt.datetime
    attempt: int = 1
    last: SourceAnswer | None = None
    has_loaded: bool = False

    @property
    def rows(self) -> int:
        return sum(landed.record_count for objects in self.objects.values() for landed in objects)


def ingest_source(
    engine: Engine,
    config: SourceConfig,
    connection: Connection,
    *,
    run_id: str,
    observed_at: dt.datetime,
    window: Window | None = None,
    settings: Settings | None = None,
) -> IngestSummary:
    """Read everything that `config` offers up to `observed_at`, into landing and raw.

    observed_at: the run's present, aware. window: read that span of source time alone, of the entities
    that have windows, and move no cursor. A source in its quiet hours, or that another reader holds, is
    not asked: the summary says `postponed`. Repeating a run changes nothing but its outcomes. Failures
    of entities are in the summary and in audit.outcome; `raise_for_failures` turns them into an error.

    Raises:
        ValueError: observed_at carries no time zone.
        sqlalchemy.exc.DBAPIError: the warehouse cannot be reached.
    """
    if observed_at.tzinfo is None:
        raise ValueError("observed_at must carry a time zone")
    run = _Run(engine, open_landing(settings), config, adapter_for(config, connection), run_id, observed_at)
    run.window = window
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
        waiting = _Waiting({name: [] for name in raw_entities}, _now())
        failures: list[tuple[EntityFailure, Mapping[str, Any], dt.datetime]] = []
        for entity in entities:
            started_at = _now()
            if self.given_up:
                failures.append((EntityFailure(entity, "not_asked", self.given_up), {}, started_at))
                continue
            try:
                for answer in self._answers(entity, cursor):
                    self._land(answer, waiting)
                    if waiting.rows >= COMMIT_ROWS and len(entities) == 1:
                        cursor = self._load(waiting, cursor, self._reached(entity, cursor, answer))
                self.unreached = 0
            except Exception as error:  # one entity's failure, whatever it is, holds up no other
                failure, call = _failure(entity, error)
                failures.append((failure, call, started_at))
                self._consider_giving_up(failure)
                self.breaker.see(failure.kind, failure.cause)
                self._expect_again(getattr(error, "again_at", None) or getattr(error, "until", None))
                self._expect_again(self.breaker.open_until)
        reached: str | None
        if failures:
            reached = cursor if len(entities) > 1 else self._reached(entities[0], cursor, waiting.last)
        else:
            reached = self.adapter.next_cursor(entities[-1], cursor=cursor, observed_at=self.observed_at)
        try:
            self._load(waiting, cursor, None if self.window else reached, is_complete=not failures)
        except (LandingError, SQLAlchemyError) as error:
            failure, call = _failure(raw_entities[0], error)
            failures.append((failure, call, waiting.started_at))
        for failure, call, started_at in failures:
            # Written last: the latest outcome of a table says whether its source is stale.
            self._record_failure(failure, call, started_at, raw_entities)

    def _consider_giving_up(self, failure: EntityFailure) -> None:
        """Ask a source that refuses, or that was not reached twice in a row, for nothing more in this run."""
        self.unreached = self.unreached + 1 if failure.kind == "unreachable" else 0
        refused = failure.kind == REFUSED and self.config.circuit is None  # else the breaker says so
        if refused or self.unreached >= UNREACHED_ENTITIES:
            self.given_up = f"not asked any more, after {failure.entity}: {failure.cause}"

    def _land(self, answer: SourceAnswer, waiting: _Waiting) -> None:
        for raw_entity, landed in self.store.put(self.config.id, answer).items():
            waiting.objects[raw_entity].append(landed)
            self.summary.rejected += landed.rejected
        waiting.last, waiting.attempt = answer, max(waiting.attempt, answer.attempt)
        self.summary.answers += 1
        self.summary.bytes += len(answer.body)
        self.summary.unparseable += len(answer.unparseable)

    def _reached(self, entity: str, cursor: str | None, last: SourceAnswer | None) -> str | None:
        """Cursor after a part of an entity: as far as its last window, else where it stood."""
        if self.window is not None or last is None or last.window is None:
            return cursor
        return self.adapter.next_cursor(entity, cursor=cursor, observed_at=last.window.end)

    def _load(
        self, waiting: _Waiting, cursor: str | None, reached: str | None, *, is_complete: bool = True
    ) -> str | None:
        """Load what waits, one batch per raw table; return the cursor that now holds."""
        for raw_entity, objects in waiting.objects.items():
            if objects:
                self._load_one(raw_entity, objects, waiting, cursor, reached)
            elif (cursor is not None or self.window) and is_complete and not waiting.has_loaded:
                self._record_unchanged(raw_entity, waiting.started_at)
            objects.clear()
        waiting.has_loaded = True
        return reached

    def _load_one(
        self,
        raw_entity: str,
        objects: list[LandedObject],
        waiting: _Waiting,
        cursor: str | None,
        reached: str | None,
    ) -> None:
        windows = [landed.window for landed in objects if landed.window]
        announced = [landed.announced for landed in objects if landed.announced is not None]
        result = load_batch(
            self.engine,
            self.store,
            source_id=self.config.id,
            entity=raw_entity,
            objects=list(objects),
            observed_at=self.observed_at,
            run_id=self.run_id,
            window=Window(min(w.start for w in windows), max(w.end for w in windows)) if windows else None,
            cursor_before=cursor,
            cursor_after=reached,
            rows_announced=sum(announced) if len(announced) == len(objects) else None,
            call={"answers": len(objects), "first": dict(objects[0].call), "last": dict(objects[-1].call)},
            started_at=waiting.started_at,
            attempt=waiting.attempt,
        )
        if result.batch_id is not None:
            self.summary.batch_ids.append(result.batch_id)
        self.summary.entities.append(
            EntityResult(raw_entity, result.status, result.batch_id, result.rows_received, result.rows_new)
        )
        log.info(
            "source %s, %s: %s, %d rows received, %d new, %d answers, %.1f s",
            self.config.id,
            raw_entity,
            result.status,
            result.rows_received,
            result.rows_new,
            len(objects),
            (_now() - waiting.started_at).total_seconds(),
        )

    def _record_unchanged(self, raw_entity: str, started_at: dt.datetime) -> None:
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


def _failure(entity: str, error: Exception) -> tuple[EntityFailure, Mapping[str, Any]]:
    """Name a failure; of an unforeseen one only type and place, since its text may quote a record."""
    if isinstance(error, SourceError):
        return EntityFailure(entity, error.kind, error.cause), error.call
    if isinstance(error, PostponedError):
        return EntityFailure(entity, POSTPONED, str(error)), {}
    if isinstance(error, LandingError):
        return EntityFailure(entity, "landing", str(error)), {}
    if isinstance(error, SQLAlchemyError):
        return EntityFailure(
            entity, "loading", f"the warehouse refused the rows ({_database_cause(error)})"
        ), {}
    if isinstance(error, OSError):
        cause = f"the landing zone cannot be written ({error.strerror or type(error).__name__})"
        return EntityFailure(entity, "landing", cause), {}
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else "unknown place"
    return EntityFailure(entity, "unexpected", f"{type(error).__name__} at {place}"), {}


def _database_cause(error: SQLAlchemyError) -> str:
    """What the database said, but for data exceptions (class 22), whose text quotes the value."""
    original = getattr(error, "orig", None)
    state = getattr(original, "sqlstate", None)
    said = getattr(getattr(original, "diag", None), "message_primary", None)
    name = f"{type(error).__name__}, SQLSTATE {state}" if state else type(error).__name__
    return f"{name}: {said}" if said and not str(state).startswith("22") else name


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
