"""Ingests one source: fetch, land, load, entity by entity, and says what came of it.

An entity that fails is recorded and holds up no other, unless the source refuses or cannot be reached at
all: then it is left in peace. What was landed before a failure is loaded.
Entities that fill the same raw tables (the endpoints of the evaluation API) are loaded as one batch.
"""

import datetime as dt
import hashlib
import itertools
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from decision766.audit import Outcome, Source, cursor_of, record_failure, record_outcome, upsert_source
from decision766.landing import LandedObject, LandingError, LandingStore, open_landing
from decision766.loading import load_batch
from decision766.pipeline.circuit import REFUSED, Breaker
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

log = logging.getLogger(__name__)

# A first run may hold years of records: what has been landed is committed whenever this many wait.
COMMIT_ROWS = 200_000
# So many entities in a row that could not be reached, each after its own tries, speak for the whole source.
UNREACHED_ENTITIES = 2


@dataclass(frozen=True)
class EntityResult:
    """What came of one raw entity: loaded or unchanged, and its counts. batch_id: None if unchanged."""

    entity: str
    status: str
    batch_id: str | None
    rows_received: int
    rows_new: int


@dataclass(frozen=True)
class EntityFailure:
    """An entity that was not read or loaded; kind: SourceError's, landing, loading, not_asked, unexpected."""

    entity: str
    kind: str
    cause: str


@dataclass
class IngestSummary:
    """What one run read of one source.

    batch_ids: new batches, to be validated next. failures: one sentence each, without values.
    notes: what is worth knowing and no failure. rejected: fields that could not be read as declared;
    unparseable: stretches of input that are no record.
    """

    source_id: str
    run_id: str
    batch_ids: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    entities: list[EntityResult] = field(default_factory=list)
    failed: list[EntityFailure] = field(default_factory=list)
    answers: int = 0
    bytes: int = 0
    rejected: int = 0
    unparseable: int = 0

    @property
    def rows_received(self) -> int:
        """Records that came, of all entities."""
        return sum(item.rows_received for item in self.entities)

    @property
    def rows_new(self) -> int:
        """Rows that raw did not hold before."""
        return sum(item.rows_new for item in self.entities)

    def raise_for_failures(self) -> None:
        """Do nothing when every entity came through.

        Raises:
            SourceError: at least one entity failed; the message names all of them.
        """
        if self.failed:
            names = ", ".join(dict.fromkeys(item.entity for item in self.failed))
            asked = [item for item in self.failed if item.kind != "not_asked"]
            causes = "; ".join(dict.fromkeys(item.cause for item in asked))
            raise SourceError(self.source_id, names, causes, kind=self.failed[0].kind)


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
    settings: Settings | None = None,
) -> IngestSummary:
    """Read everything that `config` offers up to `observed_at`, into landing and raw.

    observed_at: the run's present, aware. Repeating a run changes nothing but its outcomes. Failures
    of entities are in the summary and in audit.outcome; `raise_for_failures` turns them into an error.

    Raises:
        ValueError: observed_at carries no time zone.
        RuleFileError: a rule file is broken; nothing was read or loaded.
        sqlalchemy.exc.DBAPIError: the warehouse cannot be reached.
    """
    if observed_at.tzinfo is None:
        raise ValueError("observed_at must carry a time zone")
    check_rules(engine, settings)
    run = _Run(engine, open_landing(settings), config, adapter_for(config, connection), run_id, observed_at)
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
    unreached: int = 0
    given_up: str = ""

    def __post_init__(self) -> None:
        self.summary = IngestSummary(self.config.id, self.run_id)
        self.breaker = Breaker(self.engine, self.config)

    def ingest(self) -> IngestSummary:
        upsert_source(
            self.engine,
            Source(
                source_id=self.config.id,
                family=self.config.family,
                name=self.config.name,
                covers=tuple(self.config.covers),
                data_origin=self.config.data_origin,
                settings_hash=hashlib.sha256(self.config.model_dump_json(by_alias=True).encode()).hexdigest(),
            ),
        )
        closed = self.breaker.why_closed_to_calls()
        together = itertools.groupby(
            self.adapter.entities(), key=lambda name: tuple(self.adapter.raw_entities(name))
        )
        for raw_entities, entities in together:
            if closed is None:
                self._ingest_together(list(entities), raw_entities)
            else:
                failure = EntityFailure(", ".join(entities), REFUSED, closed)
                self._record_failure(failure, {}, _now(), raw_entities)
        self.summary.notes.extend(self.adapter.notes())
        return self.summary

    def _ingest_together(self, entities: list[str], raw_entities: tuple[str, ...]) -> None:
        """Read entities that fill the same raw tables and load them as one batch per table."""
        cursor = cursor_of(self.engine, self.config.id, raw_entities[0])
        waiting = _Waiting({name: [] for name in raw_entities}, _now())
        failures: list[tuple[EntityFailure, Mapping[str, Any], dt.datetime]] = []
        for entity in entities:
            started_at = _now()
            if self.given_up:
                failures.append((EntityFailure(entity, "not_asked", self.given_up), {}, started_at))
                continue
            try:
                for answer in self.adapter.fetch(entity, cursor=cursor, observed_at=self.observed_at):
                    self._land(answer, waiting)
                    if waiting.rows >= COMMIT_ROWS and len(entities) == 1:
                        cursor = self._load(waiting, cursor, self._reached(entity, cursor, answer))
                self.unreached = 0
            except Exception as error:  # one entity's failure, whatever it is, holds up no other
                failure, call = _failure(entity, error)
                failures.append((failure, call, started_at))
                self._consider_giving_up(failure)
                self.breaker.see(failure.kind, failure.cause)
        reached: str | None
        if failures:
            reached = cursor if len(entities) > 1 else self._reached(entities[0], cursor, waiting.last)
        else:
            reached = self.adapter.next_cursor(entities[-1], cursor=cursor, observed_at=self.observed_at)
        try:
            self._load(waiting, cursor, reached, is_complete=not failures)
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
        if last is None or last.window is None:
            return cursor
        return self.adapter.next_cursor(entity, cursor=cursor, observed_at=last.window.end)

    def _load(
        self, waiting: _Waiting, cursor: str | None, reached: str | None, *, is_complete: bool = True
    ) -> str | None:
        """Load what waits, one batch per raw table; return the cursor that now holds."""
        for raw_entity, objects in waiting.objects.items():
            if objects:
                self._load_one(raw_entity, objects, waiting, cursor, reached)
            elif cursor is not None and is_complete and not waiting.has_loaded:
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
            )
        self.summary.failed.append(failure)
        self.summary.failures.append(message)
        log.error("%s", message)


def _failure(entity: str, error: Exception) -> tuple[EntityFailure, Mapping[str, Any]]:
    """Name a failure; of an unforeseen one only type and place, since its text may quote a record."""
    if isinstance(error, SourceError):
        return EntityFailure(entity, error.kind, error.cause), error.call
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
