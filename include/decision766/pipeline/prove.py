"""Validates what waits for it, and tells what a run did: both from the audit tables, not from memory."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, text

from decision766.audit.work import batches_to_validate
from decision766.settings import Settings
from decision766.validation import ValidationSummary, validate_batches


@dataclass(frozen=True)
class EntityOutcome:
    """What became of one entity of one source in one run; rows are records as received and as new in raw.

    rows_announced: what the source said it holds; None if it said nothing, and completeness is unknown.
    """

    source_id: str
    entity: str
    status: str
    rows_received: int
    rows_new: int
    error: str | None
    rows_announced: int | None = None
    completeness: str = "unknown"
    family: str = ""

    @property
    def differs(self) -> bool:
        """Whether another number of records came than the source announced."""
        return self.completeness in ("incomplete", "exceeding")


@dataclass(frozen=True)
class QuarantineCount:
    """Rows of one run's batches set aside by one rule."""

    entity: str
    rule_id: str
    field: str
    rows: int
    reason_vi: str
    reason_en: str


@dataclass(frozen=True)
class RunSummary:
    """What one run did: the last outcome of each source and entity, and what was set aside."""

    outcomes: Sequence[EntityOutcome]
    quarantined: Sequence[QuarantineCount]

    @property
    def failures(self) -> list[str]:
        """One line per source of which anything failed or was blocked: the first cause, and how many more."""
        by_source: dict[str, list[EntityOutcome]] = {}
        for outcome in self.outcomes:
            if outcome.status in ("failed", "blocked"):
                by_source.setdefault(outcome.source_id, []).append(outcome)
        lines = []
        for source_id, failed in by_source.items():
            first = failed[0].error or f"source {source_id}, {failed[0].entity}: {failed[0].status}"
            more = f" (and {len(failed) - 1} more entities of it)" if len(failed) > 1 else ""
            lines.append(first + more)
        return lines

    @property
    def rows_by_entity(self) -> dict[str, tuple[int, int]]:
        """Entity → rows received, rows new; in the order of reading."""
        totals: dict[str, tuple[int, int]] = {}
        for outcome in self.outcomes:
            received, new = totals.get(outcome.entity, (0, 0))
            totals[outcome.entity] = (received + outcome.rows_received, new + outcome.rows_new)
        return totals

    def lines(self) -> list[str]:
        """The summary as log lines."""
        lines = [
            f"{outcome.source_id:<14} {outcome.entity:<26} {outcome.status:<9} "
            f"received {outcome.rows_received:>7}, new {outcome.rows_new:>7}"
            + (f"  {outcome.error}" if outcome.error else "")
            + (f"  {outcome.completeness}: {outcome.rows_announced} announced" if outcome.differs else "")
            for outcome in self.outcomes
        ]
        lines += [
            f"quarantined {count.rows} × {count.entity}.{count.field}, {count.rule_id}: {count.reason_en}"
            for count in self.quarantined
        ]
        return lines or ["nothing was read in this run"]


def validate_source(
    engine: Engine, source_id: str, *, settings: Settings | None = None
) -> Sequence[ValidationSummary]:
    """Validate every loaded batch of the source that has no verdict yet, oldest first.

    Raises:
        BatchBlocked: a critical rule failed in one or more batches; the others were accepted.
    """
    waiting = [batch.batch_id for batch in batches_to_validate(engine, source_id)]
    return validate_batches(engine, waiting, settings=settings)


def summarise_run(engine: Engine, run_id: str) -> RunSummary:
    """Read what the run `run_id` did from audit.outcome, audit.batch and audit.quarantine."""
    with engine.connect() as connection:
        outcomes = connection.execute(_OUTCOMES, {"run_id": run_id}).all()
        quarantined = connection.execute(_QUARANTINED, {"run_id": run_id}).all()
    return RunSummary(
        [EntityOutcome(*row) for row in outcomes],
        [QuarantineCount(*row) for row in quarantined],
    )


# A batch that validation blocked shows as blocked, whatever its load said.
_OUTCOMES = text("""
    with last as (
        select distinct on (source_id, entity) *
        from audit.outcome
        where run_id = :run_id
        order by source_id, entity, outcome_id desc
    )
    select last.source_id, last.entity,
        case when batch.status = 'blocked' then 'blocked' else last.status end,
        coalesce(last.rows_received, 0), coalesce(last.rows_new, 0), last.error_message,
        last.rows_announced, last.completeness, source.family
    from last
    inner join audit.source on source.source_id = last.source_id
    left join audit.batch on batch.batch_id = last.batch_id
    order by last.source_id, last.outcome_id
""")

_QUARANTINED = text("""
    select held.entity, held.rule_id, held.field, count(*), min(held.reason_vi), min(held.reason_en)
    from audit.quarantine as held
    inner join audit.batch on batch.batch_id = held.batch_id
    where batch.run_id = :run_id
    group by held.entity, held.rule_id, held.field
    order by count(*) desc, held.entity, held.rule_id
""")
