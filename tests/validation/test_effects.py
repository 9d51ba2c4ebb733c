"""What a validation leaves in audit: all of it or nothing, counts only, once."""

import re
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from tests.validation.rule_rows import add_batch, add_references, good, unreadable

from decision766.settings import Settings
from decision766.validation import (
    BatchBlocked,
    CountMismatch,
    ValidationError,
    validate_batch,
    validate_batches,
)
from decision766.validation import expectations as gx_side

pytestmark = [pytest.mark.warehouse, pytest.mark.slow]

SECRET = "NGUYEN-VAN-BI-MAT"
VISIBLE = """
    select count(*) from raw.{entity} as r inner join audit.batch as b using (batch_id)
    where b.status = 'accepted' and not exists (
        select 1 from audit.quarantine as q
        where q.entity = '{entity}' and q.raw_id = r.raw_id and q.state = 'open')
"""


def one(engine: Engine, query: str, **values: Any) -> Any:
    with engine.connect() as connection:
        return connection.execute(text(query), values).scalar_one()


def rows(engine: Engine, query: str, **values: Any) -> list[Mapping[str, Any]]:
    with engine.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(text(query), values)]


def visible(engine: Engine, entity: str) -> int:
    return int(one(engine, VISIBLE.format(entity=entity)))


def audit_state(engine: Engine) -> dict[str, Any]:
    tables = ("batch", "validation_run", "rule_result", "quarantine", "work_ledger", "outcome")
    return {table: rows(engine, f"select * from audit.{table} order by 1, 2") for table in tables}


def keyless(count: int) -> list[dict[str, Any]]:
    return [good("dossier", n) | {"dossier_code": None} for n in range(count)]


def test_an_accepted_batch_is_visible_without_its_quarantined_rows(warehouse: Engine) -> None:
    add_references(warehouse)
    bad = good("dossier", 1) | {"procedure_code": "9.999999", "finished_at": "2026-08-01T00:00:00+07:00"}
    batch_id = add_batch(warehouse, "dossier", [good("dossier", 0), bad])
    assert visible(warehouse, "dossier") == 0
    summary = validate_batch(warehouse, batch_id)
    assert (summary.rows_evaluated, summary.rows_quarantined, summary.status) == (2, 1, "accepted")
    assert visible(warehouse, "dossier") == 1
    held = rows(warehouse, "select * from audit.quarantine order by rule_id")
    assert [row["rule_id"] for row in held] == [
        "dossier.finished_at.after_received",
        "dossier.procedure_code.known",
    ]
    assert {(row["source_line"], row["record_key"], row["unit_code"]) for row in held} == {
        (2, "H44.07-260803-00001", "H44.07")
    }
    assert rows(warehouse, "select entity, batch_id::text from audit.work_ledger") == [
        {"entity": "dossier", "batch_id": batch_id}
    ]
    [run] = rows(warehouse, "select * from audit.validation_run")
    assert (run["success"], run["rows_evaluated"], run["rows_quarantined"]) == (True, 2, 1)
    assert (run["suite"], run["suite_version"]) == ("dossier", summary.suite_version)
    results = rows(warehouse, "select * from audit.rule_result")
    assert len(results) == len(summary.rules)
    assert all(row["unexpected_count"] == row["predicate_count"] for row in results)


def test_a_blocked_batch_stays_invisible_and_says_why(warehouse: Engine) -> None:
    batch_id = add_batch(warehouse, "dossier", [*keyless(4), good("dossier", 9), good("dossier", 10)])
    with pytest.raises(BatchBlocked) as error:
        validate_batch(warehouse, batch_id)
    assert "dossier.dossier_code.mostly_present (4 of 6 rows)" in str(error.value)
    assert "ingest it again" in str(error.value)
    assert visible(warehouse, "dossier") == 0
    assert one(warehouse, "select count(*) from audit.quarantine") == 0
    assert one(warehouse, "select count(*) from audit.work_ledger") == 0
    assert one(warehouse, "select count(*) from audit.validation_run where not success") == 1
    [outcome] = rows(warehouse, "select * from audit.outcome")
    assert (outcome["status"], outcome["error_kind"], outcome["rows_new"]) == ("blocked", "validation", 6)
    assert outcome["error_message"] == "dossier.dossier_code.mostly_present: 4 of 6 rows"


def test_a_blocked_batch_blocks_again_until_it_is_forced(
    warehouse: Engine, settings: Settings, tmp_path: Path
) -> None:
    batch_id = add_batch(warehouse, "dossier", keyless(5))
    for _ in range(2):
        with pytest.raises(BatchBlocked, match=r"dossier_code\.mostly_present"):
            validate_batch(warehouse, batch_id)
    assert one(warehouse, "select count(*) from audit.validation_run") == 1
    mended = rules(settings, tmp_path, "dossier", "{kind: between, max: 10}", field="status")
    summary = validate_batch(warehouse, batch_id, settings=mended, force=True)
    assert summary.status == "accepted"
    assert visible(warehouse, "dossier") == 5


def test_judging_again_changes_nothing(warehouse: Engine) -> None:
    batch_id = add_batch(warehouse, "rating", [good("rating", 0), good("rating", 1) | {"rating": None}])
    first = validate_batch(warehouse, batch_id)
    before = audit_state(warehouse)
    assert validate_batch(warehouse, batch_id) == first
    assert validate_batch(warehouse, batch_id, force=True) == first
    assert audit_state(warehouse) == before


def test_several_batches_are_judged_catalogues_first(warehouse: Engine) -> None:
    dossiers = add_batch(warehouse, "dossier", [good("dossier", 0) | {"procedure_code": "9.999999"}])
    blocked = add_batch(
        warehouse, "petition", [good("petition", n) | {"petition_id": None} for n in range(5)]
    )
    catalogue = add_batch(warehouse, "procedure", [good("procedure", 1)])
    with pytest.raises(BatchBlocked) as error:
        validate_batches(warehouse, [dossiers, blocked, catalogue])
    assert [summary.batch_id for summary in error.value.summaries] == [blocked]
    held = rows(warehouse, "select rule_id from audit.quarantine")
    assert [row["rule_id"] for row in held] == ["dossier.procedure_code.known"]
    again = validate_batches(warehouse, [dossiers, catalogue])
    assert [summary.entity for summary in again] == ["dossier", "procedure"]


def test_an_unknown_code_says_nothing_where_no_catalogue_is(warehouse: Engine) -> None:
    rows_of = [good("dossier", 0)]
    summary = validate_batch(warehouse, add_batch(warehouse, "dossier", rows_of))
    left_out = {rule.rule_id: rule.skipped for rule in summary.rules if rule.skipped}
    assert left_out["dossier.procedure_code.known"] == (
        "no accepted rows of procedure for every province of the batch"
    )
    assert left_out["dossier.unit_code.known"] == "no accepted rows of org_unit"
    assert summary.rows_quarantined == 0
    stored = rows(warehouse, "select detail from audit.rule_result where rule_id = 'dossier.unit_code.known'")
    assert stored == [{"detail": {"skipped": "no accepted rows of org_unit"}}]


def test_a_catalogue_speaks_for_its_own_provinces_only(warehouse: Engine) -> None:
    add_references(warehouse)
    unknown = good("dossier", 0) | {"procedure_code": "9.999999"}
    other = add_batch(warehouse, "dossier", [unknown], source_id="inbox_h12", covers=["H12", "H44"])
    assert validate_batch(warehouse, other).rows_quarantined == 0
    assert validate_batch(warehouse, add_batch(warehouse, "dossier", [unknown])).rows_quarantined == 1


def test_a_partial_register_speaks_for_its_own_source_only(warehouse: Engine) -> None:
    """Units dropped into a folder need not be all of a province: another source is not judged by them."""
    drop = {"source_id": "drop", "covers": ["*"]}
    validate_batch(warehouse, add_batch(warehouse, "org_unit", [good("org_unit", 0)], **drop))
    validate_batch(warehouse, add_batch(warehouse, "procedure", [good("procedure", 0)], **drop))
    other = validate_batch(warehouse, add_batch(warehouse, "dossier", [good("dossier", 0)]))
    assert other.rows_quarantined == 0
    own = validate_batch(warehouse, add_batch(warehouse, "dossier", [good("dossier", 0)], **drop))
    assert [rule.rule_id for rule in own.quarantining] == [
        "dossier.unit_code.known",
        "dossier.procedure_code.known",
    ]


def test_a_quarantined_procedure_is_not_known(warehouse: Engine) -> None:
    bad = good("procedure", 2) | {"is_public": None}
    validate_batch(warehouse, add_batch(warehouse, "procedure", [good("procedure", 1), bad]))
    cases = [good("dossier", n) | {"procedure_code": f"1.{n:06d}"} for n in (1, 2)]
    validate_batch(warehouse, add_batch(warehouse, "dossier", cases))
    held = rows(warehouse, "select record_key, rule_id from audit.quarantine where entity = 'dossier'")
    assert held == [{"record_key": "H44.07-260803-00002", "rule_id": "dossier.procedure_code.known"}]


def test_no_value_of_a_row_reaches_audit(warehouse: Engine) -> None:
    """Texts of failing rows, planted where a name does not belong, are nowhere in audit."""
    add_references(warehouse)
    spoiled = {
        "procedure_code": SECRET, "procedure_code_as_sent": SECRET,
        "unit_code": SECRET, "dossier_code": SECRET,
    }  # fmt: skip
    batches = [
        add_batch(warehouse, "dossier", [good("dossier", 0) | spoiled]),
        add_batch(
            warehouse, "procedure", [good("procedure", 0) | {"procedure_code": SECRET, "max_time_unit": None}]
        ),
        add_batch(warehouse, "org_unit", [good("org_unit", 0) | {"code": SECRET, "type": None}]),
        add_batch(warehouse, "published_metric", [good("published_metric", 0) | {"indicator_code": SECRET}]),
        add_batch(
            warehouse, "rating", [good("rating", 0) | {"dossier_code": SECRET} | unreadable("DanhGia")]
        ),
    ]
    assert sum(summary.rows_quarantined for summary in validate_batches(warehouse, batches)) == 5
    assert SECRET not in str(audit_state(warehouse))
    result = str(rows(warehouse, "select result from audit.validation_run"))
    assert not re.search("partial_unexpected|unexpected_list|unexpected_rows'", result)
    assert "unexpected_count" in result
    assert "observed_value" in result


def rules(settings: Settings, folder: Path, entity: str, check: str, field: str = "rating") -> Settings:
    """Settings of a project whose only suite has one rule."""
    (folder / "expectations").mkdir(exist_ok=True)
    (folder / "expectations" / f"{entity}.yaml").write_text(
        f"""
entity: {entity}
key: dossier_code
defaults: {{owner: data-platform, since: 2026-11-22}}
rules:
  - id: {entity}.{field}.checked
    version: 1
    severity: warn
    field: {field}
    check: {check}
    protects: tests
    reason_vi: "Lý do bằng tiếng Việt"
    reason_en: "A reason in English"
    source: {{type: technical, reference: tests}}
""",
        encoding="utf-8",
    )
    return settings.model_copy(update={"project_root": folder})


@pytest.mark.parametrize(
    ("check", "field", "failing"),
    [
        ("{kind: matches, pattern: '^(very_)?satis.{2}ed$'}", "rating", 2),
        ('{kind: matches, pattern: "^it\'s 100%$"}', "rating", 4),
        ('{kind: in_set, values: [satisfied, "it\'s {100%}"]}', "rating", 1),
        ("{kind: not_null}", "rating", 1),
        ("{kind: between, min: 2026-08-02, max: 2026-08-04}", "rated_at", 2),
        ("{kind: unique, columns: [rating]}", "rating", 2),
        ("{kind: unique, columns: [rating, rated_at]}", "rating", 2),
        ("{kind: row_count, min: 6}", "rating", 1),
        ("{kind: row_count, min: 5, max: 5}", "rating", 0),
        ("{kind: sql, fails: \"r.rating like '%{%' or r.rated_at > $observed_at\"}", "rating", 1),
        ("{kind: sql, fails: \"'H44' = any($covers) and r.rating is null\"}", "rating", 1),
    ],
)
def test_both_sides_read_a_check_alike(
    warehouse: Engine, settings: Settings, tmp_path: Path, check: str, field: str, failing: int
) -> None:
    answers = ["satisfied", "satisfied", "dissatisfied", "it's {100%}", None]
    cases = [good("rating", n) | {"rating": answer} for n, answer in enumerate(answers)]
    days = ["2026-08-01T23:59:59", "2026-08-02T00:00:00", "2026-08-03T10:00:00", "2026-08-04T00:00:00"]
    for case, day in zip(cases[::-1], [*days, "2026-08-04T00:00:01"], strict=True):
        case["rated_at"] = f"{day}+07:00"
    if "rated_at]" in check:
        cases[0]["rated_at"] = cases[1]["rated_at"]
    own = rules(settings, tmp_path, "rating", check, field)
    [outcome] = validate_batch(warehouse, add_batch(warehouse, "rating", cases), settings=own).rules
    assert (outcome.unexpected_count, outcome.success) == (failing, failing == 0)


def test_counts_that_differ_leave_the_batch_as_it_was(
    warehouse: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = add_batch(warehouse, "rating", [good("rating", 0)])
    counting: Callable[..., str] = gx_side.counting
    monkeypatch.setattr(gx_side, "counting", lambda *rule: counting(*rule).replace("where", "where true or"))
    before = audit_state(warehouse)
    with pytest.raises(CountMismatch, match=r"rating\.\w+\.\w+: Great Expectations counted 1 .*predicate 0"):
        validate_batch(warehouse, batch_id)
    assert audit_state(warehouse) == before


def test_unknown_batches_and_entities_are_named(
    warehouse: Engine, settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(ValidationError, match=r"not in audit\.batch"):
        validate_batch(warehouse, "00000000-0000-0000-0000-000000000000")
    batch_id = add_batch(warehouse, "petition", [good("petition", 0)])
    own = rules(settings, tmp_path, "rating", "{kind: not_null}")
    with pytest.raises(ValidationError, match="no rules for petition"):
        validate_batch(warehouse, batch_id, settings=own)


def test_two_runs_at_once_judge_a_batch_once(warehouse: Engine) -> None:
    batch_id = add_batch(warehouse, "rating", [good("rating", 0), good("rating", 1) | {"rating": None}])
    found: list[Any] = []
    threads = [
        threading.Thread(target=lambda: found.append(validate_batch(warehouse, batch_id))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert found[0] == found[1]
    assert one(warehouse, "select count(*) from audit.validation_run") == 1
    assert one(warehouse, "select count(*) from audit.work_ledger") == 1
