"""The scoring turned round, against the scoring itself: every numerator tried, none taken on trust."""

import pytest
from sqlalchemy import Connection, Engine, text

from .conftest import _load_rules
from .render_macro import indicator_score, least_numerator

pytestmark = pytest.mark.warehouse

# Denominators with ties (48: 6 x 1/48 = 0.125), primes, and one where a case is worth less than a hundredth.
DENOMINATORS = (1, 2, 3, 7, 8, 16, 37, 48, 80, 97, 160, 251, 1999)


@pytest.fixture
def ruled(module_warehouse: Engine):
    """A connection with the rules of the seeds, and beside them a rule for each way of rounding."""
    with module_warehouse.connect() as connection:
        _load_rules(connection)
        connection.execute(
            text("""
                insert into scoring_rules (rule_set, indicator_code, max_points, scoring_type, full_marks_at,
                    rounding_stage, rounding_mode, decimals)
                select 'made-up', mode || ' ' || stage || ' ' || full_marks || ' ' || decimals, points,
                    'cap_at_target', full_marks, stage, mode, decimals
                from unnest(array['half_up', 'half_even', 'down']) as mode
                cross join unnest(array['score', 'percentage_then_score']) as stage
                cross join unnest(array[30, 70, 100]) as full_marks
                cross join unnest(array[1, 2]::smallint[]) as decimals
                cross join unnest(array[3]::numeric[]) as points
            """)
        )
        yield connection
        connection.rollback()


def _differing(connection: Connection, denominators: tuple[int, ...]) -> list:
    """Points whose least numerator is not the first of all numerators that scores them."""
    return connection.execute(
        text(f"""
            with scored as materialized (
                select rule.*, d.denominator, n.numerator,
                    {indicator_score("n.numerator", "d.denominator", "rule")} as score
                from scoring_rules as rule
                cross join unnest(cast(:denominators as int[])) as d (denominator)
                cross join lateral generate_series(0, d.denominator) as n (numerator)
                where rule.scoring_type in ('linear', 'cap_at_target')
            ),
            wanted as (
                select rule.*, d.denominator, grid.points
                from scoring_rules as rule
                cross join unnest(cast(:denominators as int[])) as d (denominator)
                cross join lateral generate_series(
                    (10 ^ -rule.decimals)::numeric, rule.max_points, (10 ^ -rule.decimals)::numeric
                ) as grid (points)
                where rule.scoring_type in ('linear', 'cap_at_target')
                    -- every point of small maxima, a part of the points of large ones
                    and (rule.max_points <= 3 or mod(grid.points * 100, 7) = 0
                        or grid.points = rule.max_points)
            ),
            tried as (
                select wanted.indicator_code, wanted.denominator, wanted.points,
                    min(scored.numerator) as first
                from wanted
                left join scored
                    on wanted.rule_set = scored.rule_set and wanted.indicator_code = scored.indicator_code
                    and wanted.denominator = scored.denominator and scored.score >= wanted.points
                group by wanted.indicator_code, wanted.denominator, wanted.points
            )
            select tried.*, {least_numerator("wanted.points", "wanted.denominator", "wanted")} as turned
            from wanted
            inner join tried using (indicator_code, denominator, points)
            where {least_numerator("wanted.points", "wanted.denominator", "wanted")}
                is distinct from tried.first
        """),
        {"denominators": list(denominators)},
    ).all()


@pytest.mark.parametrize("denominator", DENOMINATORS)
def test_the_least_numerator_is_the_first_that_scores_the_points(ruled: Connection, denominator: int):
    assert _differing(ruled, (denominator,)) == []


def test_beyond_the_maximum_without_cases_or_without_a_scale_there_is_none(ruled: Connection):
    found = ruled.execute(
        text(f"""
            select indicator_code, {least_numerator("points", "denominator", "rule")} as least
            from scoring_rules as rule
            cross join (values (0.01, 0::bigint), (0.01, null), (100.0, 50)) as asked (points, denominator)
            where rule_set = 'portal-2026'
            union all
            select indicator_code, {least_numerator("0.01", "50", "rule")} from scoring_rules as rule
            where scoring_type in ('constant', 'none')
        """)
    ).all()
    assert len(found) == 22 * 3 + 2
    assert {row.least for row in found} == {None}
