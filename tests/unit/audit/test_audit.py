"""What the pipeline remembers of itself reads back as it was written."""

import datetime as dt
import uuid

import pytest
from sqlalchemy import text

from decision766.audit import (
    Outcome,
    Source,
    batches_to_validate,
    cursor_of,
    drain_work,
    known_sources,
    latest_outcomes,
    outcomes_of_run,
    peek_work,
    record_failure,
    record_outcome,
    upsert_source,
)

pytestmark = pytest.mark.warehouse
STARTED = dt.datetime(2026, 9, 28, 1, tzinfo=dt.UTC)
SOURCE = Source("portal_h44", "dvcqg_evaluation", "Cổng DVCQG", ("H44",), "recorded", "a")


@pytest.fixture
def audited(warehouse):
    upsert_source(warehouse, SOURCE)
    return warehouse


def add_batch(engine, status):
    batch_id = str(uuid.uuid4())
    with engine.begin() as connection:
        connection.execute(
            text("""
                insert into audit.batch (batch_id, source_id, entity, covers, data_origin, object_ids,
                    rows_received, rows_new, status, observed_at, run_id)
                values (cast(:id as uuid), 'portal_h44', 'dossier', '{}', 'live', '{}', 0, 0, :status,
                    now(), 'r')
            """),
            {"id": batch_id, "status": status},
        )
        if status == "accepted":
            connection.execute(
                text(
                    "insert into audit.work_ledger (batch_id, entity) values (cast(:id as uuid), 'dossier')"
                ),
                {"id": batch_id},
            )
    return batch_id


def test_a_source_is_written_only_when_it_changes(audited):
    def updated_at():
        with audited.connect() as connection:
            return connection.execute(text("select updated_at from audit.source")).scalar_one()

    before = updated_at()
    upsert_source(audited, SOURCE)
    assert updated_at() == before
    changed = Source("portal_h44", "dvcqg_evaluation", "Cổng DVCQG", ("H44", "H12"), "recorded", "b")
    upsert_source(audited, changed)
    assert updated_at() > before
    assert known_sources(audited) == [changed]


def test_a_failure_is_the_latest_outcome_and_the_last_success_is_still_known(audited):
    record_outcome(
        audited, Outcome("r1", "portal_h44", "dossier", "loaded", STARTED, rows_received=5, rows_new=5)
    )
    record_failure(
        audited,
        run_id="r2",
        source_id="portal_h44",
        entity="dossier",
        error_kind="unreachable",
        error_message="x" * 5000,
        started_at=STARTED,
        call={"page": 1},
    )
    (latest,) = latest_outcomes(audited)
    assert (latest.status, latest.error_kind, len(latest.error_message or "")) == (
        "failed",
        "unreachable",
        2000,
    )
    assert latest.last_success_at is not None
    assert latest.last_success_at < latest.finished_at
    assert [outcome.status for outcome in outcomes_of_run(audited, "r1")] == ["loaded"]
    assert latest_outcomes(audited, "nobody") == []


def test_an_outcome_shares_the_callers_transaction(audited):
    with audited.connect() as connection, connection.begin() as caller:
        record_outcome(connection, Outcome("r1", "portal_h44", "dossier", "loaded", STARTED))
        caller.rollback()
    assert latest_outcomes(audited) == []
    assert cursor_of(audited, "portal_h44", "dossier") is None


def test_work_is_drained_once(audited):
    waiting, accepted = add_batch(audited, "loaded"), add_batch(audited, "accepted")
    add_batch(audited, "blocked")
    assert [batch.batch_id for batch in batches_to_validate(audited)] == [waiting]
    assert [item.batch_id for item in peek_work(audited)] == [accepted]
    evaluation = str(uuid.uuid4())
    (taken,) = drain_work(audited, evaluation)
    assert (taken.batch_id, taken.source_id, taken.evaluation_id) == (accepted, "portal_h44", evaluation)
    assert drain_work(audited, evaluation) == peek_work(audited) == []
