"""Every rule on marts fails where it should; a critical one keeps an evaluation from being published."""

import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from tests.validation.mart_cases import EVALUATED_AT, GOOD, MART_CASES, tables

from decision766.pipeline.build import prove_marts
from decision766.settings import PROJECT_ROOT
from decision766.validation import MartsBlocked, validate_marts
from decision766.validation.judging import Judging
from decision766.validation.marts import _judge
from decision766.validation.rules import Rule, load_mart_suites

pytestmark = [pytest.mark.warehouse, pytest.mark.slow]

SUITES = load_mart_suites(PROJECT_ROOT / "expectations")
RULES: dict[str, Rule] = {rule.id: rule for suite in SUITES.values() for rule in suite.rules}
EVALUATION = str(uuid.uuid4())


@pytest.fixture(scope="module")
def marts(module_warehouse: Engine) -> Engine:
    """The marts as their contracts say, empty, and one evaluation."""
    with module_warehouse.begin() as connection:
        connection.execute(text("create schema if not exists marts"))
        for statement in tables():
            connection.execute(text(statement))
        connection.execute(
            text("""
                insert into audit.evaluation (evaluation_id, evaluated_at, status, run_id, code_version)
                values (:id, cast(:at as timestamptz), 'building', 'run-1', '0')
            """),
            {"id": EVALUATION, "at": EVALUATED_AT},
        )
    return module_warehouse


@pytest.fixture(scope="module")
def judging(marts: Engine) -> Iterator[Judging]:
    judge = Judging(marts)
    yield judge
    judge.close()


def fill(engine: Engine, *more: str) -> None:
    with engine.begin() as connection:
        names = connection.execute(
            text("select table_name from information_schema.tables where table_schema = 'marts'")
        ).scalars()
        connection.execute(text(f"truncate {', '.join(f'marts.{name}' for name in names)}"))
        for statement in (*GOOD, *more):
            connection.execute(text(statement))


def test_each_mart_rule_has_a_case() -> None:
    assert sorted(MART_CASES) == sorted(RULES)
    assert len(RULES) > 40


def test_good_marts_pass(marts: Engine) -> None:
    fill(marts)
    summaries = validate_marts(marts, EVALUATION)
    assert {summary.entity for summary in summaries} == set(SUITES)
    assert [rule for summary in summaries for rule in summary.rules if not rule.success] == []
    with marts.connect() as connection:
        runs = connection.execute(
            text("select suite, batch_id, success from audit.validation_run where evaluation_id = :id"),
            {"id": EVALUATION},
        ).all()
        rules = connection.execute(text("select count(*) from audit.rule_result")).scalar_one()
    assert {(run.suite, run.batch_id, run.success) for run in runs} == {(name, None, True) for name in SUITES}
    assert rules == len(RULES)


@pytest.mark.parametrize("rule_id", MART_CASES)
def test_a_rule_on_marts_fails(marts: Engine, judging: Judging, rule_id: str) -> None:
    spoil, failing = MART_CASES[rule_id]
    fill(marts, spoil)
    summary = _judge(marts, judging, SUITES[rule_id.split(".")[0]], EVALUATION)
    found = {rule.rule_id: rule.unexpected_count for rule in summary.rules if not rule.success}
    assert found.get(rule_id) == failing
    critical = any(RULES[failed].severity == "block" for failed in found)
    assert summary.status == ("blocked" if critical else "accepted")


def test_a_total_without_a_group_is_not_published(marts: Engine) -> None:
    """And the evaluation is failed, so that its batches go back to the ledger."""
    spoil, _ = MART_CASES["mart_scorecard.total_score.without_a_group"]
    fill(marts, spoil)
    with pytest.raises(
        MartsBlocked, match=r"NOT published[\s\S]*total_score\.without_a_group \(1 of 1 rows\)"
    ):
        prove_marts(marts, EVALUATION)
    with marts.begin() as connection:
        status = connection.execute(text("select status from audit.evaluation")).scalar_one()
        connection.execute(text("update audit.evaluation set status = 'building', finished_at = null"))
    assert status == "failed"


def test_a_build_that_followed_the_last_is_judged_by_what_it_may_have_changed(
    marts: Engine, judging: Judging
) -> None:
    spoil, failing = MART_CASES["fct_indicator.score.within_maximum"]
    fill(marts, spoil)
    suite = SUITES["fct_indicator"]
    assert suite.affected == "intermediate.int_indicator_affected"
    with marts.begin() as connection:
        connection.execute(text("create schema if not exists intermediate"))
        connection.execute(
            text(f"create or replace view {suite.affected} as select * from marts.fct_indicator where false")
        )
        connection.execute(text("update audit.evaluation set basis = 'basis', rebuilt_because = null"))
    followed = _judge(marts, judging, suite, EVALUATION)
    with marts.begin() as connection:
        connection.execute(text("update audit.evaluation set rebuilt_because = 'first build'"))
    anew = _judge(marts, judging, suite, EVALUATION)
    assert (followed.status, followed.rows_evaluated) == ("accepted", 0)
    assert anew.status == "blocked"
    assert anew.rows_evaluated > failing
