"""What one run read of one source, and what it did not."""

import datetime as dt
from dataclasses import dataclass, field

from decision766.pipeline.circuit import REFUSED
from decision766.sources import SourceError


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
    """An entity that was not read or loaded.

    kind: SourceError's, landing, loading, not_asked, postponed, unexpected.
    """

    entity: str
    kind: str
    cause: str


@dataclass
class IngestSummary:
    """What one run read of one source.

    batch_ids: new batches, to be validated next. failures: one sentence each, without values.
    notes: what is worth knowing and no failure. rejected: fields that could not be read as declared;
    unparseable: stretches of input that are no record. postponed: entities that were not asked now.
    again_at: from when on a source that was postponed or that refused may be asked again (aware).
    """

    source_id: str
    run_id: str
    batch_ids: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    entities: list[EntityResult] = field(default_factory=list)
    failed: list[EntityFailure] = field(default_factory=list)
    postponed: list[EntityFailure] = field(default_factory=list)
    again_at: dt.datetime | None = None
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

    @property
    def waits_until(self) -> dt.datetime | None:
        """When another try would help, if waiting is all that is missing; else None."""
        only_waiting = all(item.kind in (REFUSED, "not_asked") for item in self.failed)
        return self.again_at if only_waiting and (self.failed or self.postponed) else None

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
