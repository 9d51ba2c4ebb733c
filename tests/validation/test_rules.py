"""Every rule fails where it should, alone; counts agree; effects are what they must be."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text
from tests.validation.rule_cases import (
    BATCH_CASES,
    COVERS,
    HISTORY_CASES,
    IMPLIED,
    ROW_CASES,
    TWICE,
    WHOLE_BATCH,
    WITHIN,
)
from tests.validation.rule_rows import (
    add_batch,
    add_dossiers,
    add_references,
    add_renumbered_dossiers,
    good,
)

from decision766.settings import PROJECT_ROOT
from decision766.validation import BatchBlocked, ValidationSummary, validate_batch
from decision766.validation.rules import Rule, load_suites
from decision766.warehouse.calendar import fill_calendar

pytestmark = [pytest.mark.warehouse, pytest.mark.slow]

SUITES = load_suites(PROJECT_ROOT / "expectations")
RULES: dict[str, Rule] = {rule.id: rule for suite in SUITES.values() for rule in suite.rules}


@pytest.fixture(scope="module")
def warehouse_with_references(module_warehouse: Engine) -> Iterator[Engine]:
    fill_calendar(module_warehouse)
    add_references(module_warehouse)
    add_renumbered_dossiers(module_warehouse)
    add_dossiers(module_warehouse)
    add_batch(
        module_warehouse,
        "published_metric",
        [good("published_metric", 0) | {"portal_unit_id": "unit-with-metrics"}],
        source_id="portal_h44",
        status="accepted",
    )
    return module_warehouse


def judge(engine: Engine, batch_id: str) -> ValidationSummary:
    try:
        return validate_batch(engine, batch_id)
    except BatchBlocked as error:
        return error.summaries[0]


def failed(summary: ValidationSummary) -> dict[str, int]:
    return {rule.rule_id: rule.unexpected_count for rule in summary.rules if not rule.success}


def test_each_rule_has_a_case() -> None:
    cases = [*ROW_CASES, *BATCH_CASES, *WHOLE_BATCH, *HISTORY_CASES]
    assert sorted(cases) == sorted(RULES)
    assert len(RULES) > 250


def test_every_raw_entity_has_rules(module_warehouse: Engine) -> None:
    with module_warehouse.connect() as connection:
        tables = connection.execute(
            text("select table_name from information_schema.tables where table_schema = 'raw'")
        ).scalars()
        assert set(tables) - {"calendar_day"} == set(SUITES)


@pytest.mark.parametrize("entity", SUITES)
def test_good_rows_pass(warehouse_with_references: Engine, entity: str) -> None:
    batch_id = add_batch(warehouse_with_references, entity, [good(entity, n) for n in range(500, 505)])
    summary = judge(warehouse_with_references, batch_id)
    assert (summary.status, summary.rows_evaluated, summary.rows_quarantined) == ("accepted", 5, 0)
    assert failed(summary) == {}


@pytest.mark.parametrize("entity", SUITES)
def test_a_row_is_set_aside_by_the_rule_that_describes_it(
    warehouse_with_references: Engine, entity: str
) -> None:
    """One batch of an entity with a bad row for each of its rules, and as many good ones."""
    cases = {rule_id: changes for rule_id, changes in ROW_CASES.items() if rule_id.split(".")[0] == entity}
    rows: list[dict[str, Any]] = []
    expected: dict[int, str] = {}
    for number, (rule_id, changes) in enumerate(cases.items()):
        for copy in range(2 if rule_id in TWICE else 1):
            rows.append(good(entity, 2 * number + copy) | changes)
            expected[len(rows)] = rule_id
    rows += [good(entity, 150 + n) for n in range(len(rows))]
    source = "portal_h44" if entity == "published_group" else "inbox_h44"
    batch_id = add_batch(warehouse_with_references, entity, rows, source_id=source)
    summary = judge(warehouse_with_references, batch_id)
    assert summary.status == "accepted", failed(summary)
    assert failed(summary) == {rule_id: 2 if rule_id in TWICE else 1 for rule_id in cases}
    with warehouse_with_references.connect() as connection:
        held = connection.execute(
            text("""
                select source_line, rule_id, rule_version, field, reason_vi, reason_en, object_sha256
                from audit.quarantine where batch_id = :batch_id
            """),
            {"batch_id": batch_id},
        ).all()
    aside = {line: rule_id for line, rule_id in expected.items() if RULES[rule_id].severity == "quarantine"}
    assert {row.source_line: row.rule_id for row in held} == aside
    assert len(held) == len(aside) == summary.rows_quarantined
    for row in held:
        rule = RULES[row.rule_id]
        assert (row.rule_version, row.field) == (rule.version, rule.field)
        assert (row.reason_vi, row.reason_en) == (rule.reason_vi, rule.reason_en)
        assert len(row.object_sha256) == 64


@pytest.mark.parametrize("rule_id", BATCH_CASES)
def test_a_rule_on_shares_or_a_critical_rule_fails(warehouse_with_references: Engine, rule_id: str) -> None:
    rows, failing = BATCH_CASES[rule_id]
    if rule_id == "dossier_event.dossier_code.known":
        with warehouse_with_references.connect() as connection:
            known = connection.execute(text("select count(*) from raw.dossier where unit_code = 'H44.07'"))
            assert known.scalar_one() > 0
        rows = [row | {"dossier_code": f"H44.07-200101-{n:05d}"} for n, row in enumerate(rows)]
    covers = COVERS.get(rule_id, ("H44",))
    entity = rule_id.split(".")[0]
    source = f"inbox_{'_'.join(covers).lower()}"
    batch_id = add_batch(warehouse_with_references, entity, rows, source_id=source, covers=covers)
    summary = judge(warehouse_with_references, batch_id)
    critical = RULES[rule_id].severity == "block"
    assert summary.status == ("blocked" if critical else "accepted")
    by_severity = summary.blocking if critical else summary.warnings
    assert {rule.rule_id: rule.unexpected_count for rule in by_severity} == {rule_id: failing} | IMPLIED.get(
        rule_id, {}
    )


@pytest.mark.parametrize("rule_id", WITHIN)
def test_a_share_within_the_limit_passes(warehouse_with_references: Engine, rule_id: str) -> None:
    rows, failing = WITHIN[rule_id]
    summary = judge(
        warehouse_with_references, add_batch(warehouse_with_references, rule_id.split(".")[0], rows)
    )
    assert summary.status == "accepted"
    [outcome] = [rule for rule in summary.rules if rule.rule_id == rule_id]
    assert (outcome.success, outcome.unexpected_count) == (True, failing)


@pytest.mark.parametrize("entity", ["procedure", "org_unit", "service", "unit_procedure_authority"])
def test_a_catalogue_that_shrank_is_told(warehouse_with_references: Engine, entity: str) -> None:
    engine, source = warehouse_with_references, f"shrinking_{entity}"
    add_batch(engine, entity, [], source_id=source, status="accepted", rows_received=11)
    rows = [good(entity, 700 + n) for n in range(5)]
    assert failed(judge(engine, add_batch(engine, entity, rows, source_id=source))) == {
        f"{entity}.batch.volume": 1
    }
    again = add_batch(engine, entity, [], source_id=source, rows_received=6)
    assert failed(judge(engine, again)) == {}


@pytest.fixture(scope="module")
def history(warehouse_with_references: Engine) -> dict[str, str]:
    """For each entity with rules that look back: a source with five accepted batches of good rows."""
    sources = {}
    for entity in sorted({rule_id.split(".")[0] for rule_id in HISTORY_CASES}):
        sources[entity] = f"past_{entity}"
        for _ in range(5):
            rows = [good(entity, n) for n in range(200)]
            judge(
                warehouse_with_references,
                add_batch(warehouse_with_references, entity, rows, source_id=sources[entity]),
            )
    return sources


@pytest.mark.parametrize("rule_id", HISTORY_CASES)
def test_what_differs_from_the_sources_past_is_told(
    warehouse_with_references: Engine, history: dict[str, str], rule_id: str
) -> None:
    entity = rule_id.split(".")[0]
    rows = [good(entity, n) | HISTORY_CASES[rule_id] for n in range(200)]
    source = history[entity]
    # 100 are half of 200, and no less: only 99 are told.
    usual = add_batch(
        warehouse_with_references, entity, [good(entity, n) for n in range(200)], source_id=source,
        rows_received=100,
    )  # fmt: skip
    assert failed(judge(warehouse_with_references, usual)) == {}
    received = 99 if rule_id.endswith(".batch.volume") else 200
    bad = add_batch(warehouse_with_references, entity, rows, source_id=source, rows_received=received)
    summary = judge(warehouse_with_references, bad)
    assert failed(summary) == {rule_id: 1}
    [outcome] = [rule for rule in summary.rules if rule.rule_id == rule_id]
    assert outcome.detail["measured"]
    assert outcome.detail["usual"]["batches"] >= 5
    with warehouse_with_references.begin() as connection:  # the past stays what it was
        connection.execute(
            text("update audit.batch set status = 'blocked' where batch_id in (:usual, :bad)"),
            {"usual": usual, "bad": bad},
        )


def test_a_source_without_a_past_is_not_judged_by_it(warehouse_with_references: Engine) -> None:
    rows = [good("dossier", n) for n in range(200)]
    batch_id = add_batch(warehouse_with_references, "dossier", rows, source_id="newcomer")
    found = {rule.rule_id: rule for rule in judge(warehouse_with_references, batch_id).rules}
    drift = found["dossier.channel.stable_mix"]
    assert drift.skipped == "0 batches to compare with, 5 needed"
    assert drift.detail["measured"] == {"1": 0, "2": 200, "3": 0, "all": 200}


@pytest.mark.parametrize(("days", "failing"), [((3, 4, 5), 0), ((3, 5), 1), ((3,), 1)])
def test_a_working_day_without_data_is_told(
    warehouse_with_references: Engine, days: tuple[int, ...], failing: int
) -> None:
    """3 to 5 August 2026 are working days, 1 and 2 a weekend; before the first row there is no history."""
    rows = [
        good("dossier", n)
        | {
            "received_at": f"2026-08-{days[n % len(days)]:02d}T08:30:00+07:00",
            "submitted_at": "2026-07-31T08:00:00+07:00",
        }
        | {"supplements": []}
        for n in range(60)
    ]
    window = ("2026-07-27T00:00:00+07:00", "2026-08-06T00:00:00+07:00")
    source = f"daily_{len(days)}"
    batch_id = add_batch(warehouse_with_references, "dossier", rows, source_id=source, window=window)
    rule_id = "dossier.received_at.no_empty_day"
    assert failed(judge(warehouse_with_references, batch_id)) == ({rule_id: failing} if failing else {})
    few = add_batch(warehouse_with_references, "dossier", rows[:10], source_id=f"few_{source}", window=window)
    assert failed(judge(warehouse_with_references, few)) == {}


@pytest.mark.parametrize(("entity", "column"), [("procedure", "procedure_code"), ("org_unit", "code")])
def test_far_too_many_rows_block(module_warehouse: Engine, entity: str, column: str) -> None:
    batch_id = add_batch(module_warehouse, entity, [good(entity, 0)], source_id="too_many")
    with module_warehouse.begin() as connection:
        connection.execute(
            text(f"""
                insert into raw.{entity} (
                    batch_id, source_id, data_origin, object_sha256, source_line, row_hash, {column}
                )
                select :batch_id, 'too_many', 'synthetic', 'x', n, int4send(n), 'H44.' || n
                from generate_series(1, 20000) as numbers (n)
            """),
            {"batch_id": batch_id},
        )
    summary = judge(module_warehouse, batch_id)
    assert {rule.rule_id: rule.unexpected_count for rule in summary.blocking} == {
        f"{entity}.batch.row_count": 1
    }
    with module_warehouse.begin() as connection:
        connection.execute(
            text(f"delete from raw.{entity} where batch_id = :batch_id"), {"batch_id": batch_id}
        )
