"""What a run says of itself: the last outcome per entity, and one line per failing source."""

import pytest
from sqlalchemy import Engine, text

from decision766.pipeline.prove import summarise_run

pytestmark = pytest.mark.warehouse


@pytest.fixture
def outcomes(warehouse: Engine) -> Engine:
    with warehouse.begin() as connection:
        connection.execute(
            text("""
                insert into audit.source (source_id, family, name, covers, data_origin, settings_hash)
                values ('province_h12', 'dvcqg_exchange', 'Cà Mau', '{H12}', 'synthetic', 'x')
            """)
        )
        for run, entity, status, rows, error in (
            ("one", "org_unit", "failed", None, "source province_h12, org_unit: refused"),
            ("one", "org_unit", "loaded", 7, None),  # a later try of the same run
            ("one", "dossier", "failed", None, "source province_h12, dossier: broke off"),
            ("one", "petition", "failed", None, "source province_h12, petition: not asked"),
            ("other", "rating", "loaded", 9, None),
        ):
            connection.execute(
                text("""
                    insert into audit.outcome
                        (run_id, source_id, entity, status, rows_received, rows_new, error_message,
                            started_at)
                    values (:run, 'province_h12', :entity, :status, :rows, :rows, :error, now())
                """),
                {"run": run, "entity": entity, "status": status, "rows": rows, "error": error},
            )
    return warehouse


def test_the_last_outcome_of_each_entity_counts(outcomes):
    summary = summarise_run(outcomes, "one")
    assert [(outcome.entity, outcome.status) for outcome in summary.outcomes] == [
        ("org_unit", "loaded"),
        ("dossier", "failed"),
        ("petition", "failed"),
    ]
    assert summary.rows_by_entity["org_unit"] == (7, 7)
    assert len(summary.lines()) == 3


def test_a_failing_source_is_named_once_with_its_first_cause(outcomes):
    assert summarise_run(outcomes, "one").failures == [
        "source province_h12, dossier: broke off (and 1 more entities of it)"
    ]


def test_a_run_that_read_nothing_says_so(outcomes):
    assert summarise_run(outcomes, "none").lines() == ["nothing was read in this run"]
