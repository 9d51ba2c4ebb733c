"""What the pipeline remembers of itself: sources, attempts, cursors, work to do (schema `audit`)."""

from decision766.audit.circuits import OpenCircuit, circuit_of, open_circuit, reopen_circuit
from decision766.audit.outcomes import (
    LatestOutcome,
    Outcome,
    latest_outcomes,
    outcomes_of_run,
    record_failure,
    record_outcome,
)
from decision766.audit.sources import Source, cursor_of, known_sources, upsert_source
from decision766.audit.work import WaitingBatch, WorkItem, batches_to_validate, drain_work, peek_work

__all__ = [
    "LatestOutcome",
    "OpenCircuit",
    "Outcome",
    "Source",
    "WaitingBatch",
    "WorkItem",
    "batches_to_validate",
    "circuit_of",
    "cursor_of",
    "drain_work",
    "known_sources",
    "latest_outcomes",
    "open_circuit",
    "outcomes_of_run",
    "peek_work",
    "record_failure",
    "record_outcome",
    "reopen_circuit",
    "upsert_source",
]
