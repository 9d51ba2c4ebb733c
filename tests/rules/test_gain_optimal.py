"""The cheapest set for a wanted total, from the seeds' rules to the answer, held against brute force.

Small units are made up: a few indicators, a few cases each. Steps come from the macro that turns the scoring
round; brute force scores every numerator of every indicator with the scoring itself and tries every set.
"""

import datetime as dt
import random
from decimal import Decimal
from itertools import product

import pytest
from sqlalchemy import Connection, Engine, text

from decision766.reporting.gain import choose
from decision766.reporting.lookup import PeriodKey

from .conftest import _load_rules, read_seed
from .render_macro import indicator_score, least_numerator

pytestmark = pytest.mark.warehouse

SCORED = [
    row["indicator_code"]
    for row in read_seed("scoring_rules")
    if row["scoring_type"] in ("linear", "cap_at_target")
]
MONTH = PeriodKey("month", dt.date(2026, 9, 1), "2026-09")
UNITS = 60


@pytest.fixture(scope="module")
def connection(module_warehouse: Engine):
    with module_warehouse.connect() as connection:
        _load_rules(connection)
        yield connection
        connection.rollback()


def _scores(connection: Connection, code: str, denominator: int) -> list[Decimal]:
    """The score of each numerator, 0 to the denominator."""
    query = text(f"""
        select {indicator_score("numerator", "cast(:denominator as int)", "rule")}
        from scoring_rules as rule cross join generate_series(0, :denominator) as numerator
        where indicator_code = :code order by numerator
    """)
    return list(connection.execute(query, {"code": code, "denominator": denominator}).scalars())


def _steps(connection: Connection, code: str, numerator: int, denominator: int) -> list[dict]:
    """The rows of mart_score_step of one indicator, by the model's own statement in small."""
    least = least_numerator("grid.points", "cast(:denominator as int)", "rule")
    query = text(f"""
        select cast({least} - :numerator as int) as cases, max(grid.points) as score
        from scoring_rules as rule
        cross join lateral generate_series(:score + 0.01, rule.max_points, 0.01) as grid (points)
        where indicator_code = :code group by cases order by cases
    """)
    score = _scores(connection, code, denominator)[numerator]
    values = {"code": code, "numerator": numerator, "denominator": denominator, "score": score}
    return [dict(row) for row in connection.execute(query, values).mappings()]


def _case(code: str, number: int, effort: int) -> dict:
    return {"indicator_code": code, "case_kind": "dossier", "case_code": f"H44-{number}", "effort": effort}


@pytest.mark.parametrize("seed", range(UNITS))
def test_no_set_of_cases_reaches_the_total_at_less(connection: Connection, seed: int):
    dice = random.Random(seed)
    codes = dice.sample(SCORED, 4)
    needs, steps, fixable, tables = [], {}, {}, []
    for code in codes:
        denominator = dice.randint(1, 8)
        numerator = dice.randint(0, denominator)
        efforts = [dice.choice((1, 1, 1, 2, 3)) for _ in range(dice.randint(0, denominator - numerator))]
        scores = _scores(connection, code, denominator)
        needs.append({"indicator_code": code, "score": scores[numerator]})
        steps[code] = _steps(connection, code, numerator, denominator)
        fixable[code] = [_case(code, number, effort) for number, effort in enumerate(efforts)]
        cheapest_first = sorted(efforts)
        tables.append(
            [
                (sum(cheapest_first[:taken]), scores[numerator + taken] - scores[numerator])
                for taken in range(len(efforts) + 1)
            ]
        )
    total = sum((need["score"] for need in needs), Decimal(0))
    every = [(sum(c for c, _ in picks), sum(g for _, g in picks)) for picks in product(*tables)]
    most = max(gained for _, gained in every)
    some = (total + most * Decimal("0.6")).quantize(Decimal("0.01"))
    for wanted in (total, total + Decimal("0.01"), some, total + most, Decimal(99)):
        heading = {"total_score": total}
        gain = choose(heading, MONTH, wanted, needs=needs, steps=steps, fixable=fixable, lost={})
        goal = min(wanted, total + most)
        assert gain.reachable == total + most
        assert gain.total_after >= goal
        assert gain.cost == min(cost for cost, gained in every if total + gained >= goal)
        for line, need in zip(gain.lines, needs, strict=True):
            gained = line.score_after - need["score"]
            assert gained == tables[needs.index(need)][line.taken][1], "the steps say what the scoring says"
