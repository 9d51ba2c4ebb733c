"""Adds up the cases of a whole world, once, and sets the sums beside fct_indicator."""

from sqlalchemy import Connection, Engine, Row, text

# One thing counts once, however many rows name it: the largest part of each case_code.
CASES = """
    create temporary table cases as
    select unit_code, indicator_code, period_grain, period_start, procedure_code, case_code,
        max(numerator_part) as numerator, max(denominator_part) as denominator
    from marts.mart_indicator_case
    group by 1, 2, 3, 4, 5, 6
"""
REDERIVED = """
    create temporary table rederived as
    select unit_code, indicator_code, period_grain, period_start, '*' as procedure_code,
        sum(numerator) as numerator, sum(denominator) as denominator
    from (
        select unit_code, indicator_code, period_grain, period_start, case_code,
            max(numerator) as numerator, max(denominator) as denominator
        from cases group by 1, 2, 3, 4, 5
    ) as distinct_cases
    group by 1, 2, 3, 4
    union all
    select unit_code, indicator_code, period_grain, period_start, procedure_code,
        sum(numerator), sum(denominator)
    from cases
    where procedure_code is not null
        and indicator_code in (select indicator_code from reference.procedure_grain_indicators)
    group by 1, 2, 3, 4, 5
"""
# 4.7 scores a constant: its observed parts are explained, if it has a source. 2.2 over all procedures has
# no parts. Without a source a number is null and an explanation lists nothing.
COMPARED = """
    with stated as (
        select *, coalesce(numerator, observed_numerator) as stated_numerator,
            coalesce(denominator, observed_denominator) as stated_denominator
        from marts.fct_indicator where boundary = 'as_was'
    )
    select stated.indicator_code, stated.procedure_code = '*' as is_for_all,
        count(*) filter (where stated_denominator is not null) as stated,
        count(*) filter (where stated_denominator > 0) as above_zero,
        count(distinct period_grain) filter (where stated_denominator > 0) as grains,
        array_agg(distinct unit.unit_type) filter (where stated_denominator > 0) as levels,
        count(*) filter (
            where stated_denominator is not null and (stated_numerator, stated_denominator)
                is distinct from (coalesce(cases.numerator, 0), coalesce(cases.denominator, 0))
        ) as different,
        count(*) filter (
            where stated_denominator is null and coalesce(cases.denominator, 0) <> 0
                and stated.status_reason not in ('by_procedure_only', 'no_source', 'portal_constant')
        ) as unstated_with_cases
    from stated
    left join rederived as cases using (unit_code, indicator_code, period_grain, period_start, procedure_code)
    inner join marts.dim_org_unit as unit on unit.unit_code = stated.unit_code and unit.is_current
    group by 1, 2
"""
ORPHANS = """
    with stated as materialized (
        select unit_code, indicator_code, period_grain, period_start, procedure_code from marts.fct_indicator
    )
    select count(*) from rederived as cases
    left join stated
        using (unit_code, indicator_code, period_grain, period_start, procedure_code)
    where stated.unit_code is null and cases.denominator > 0
"""


def compare_with_cases(engine: Engine) -> list[Row]:
    """Return a row per indicator and grain of procedure: what is stated, and how much of it differs."""
    with engine.begin() as connection:
        _add_up(connection)
        compared = list(connection.execute(text(COMPARED)))
        assert connection.execute(text(ORPHANS)).scalar_one() == 0, "cases of numbers that nobody states"
        connection.execute(text("drop table cases, rederived"))
    return compared


def _add_up(connection: Connection) -> None:
    connection.execute(text(CASES))
    connection.execute(text(REDERIVED))
