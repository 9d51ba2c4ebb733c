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
    with stated as materialized (
        select *, coalesce(numerator, observed_numerator) as stated_numerator,
            coalesce(denominator, observed_denominator) as stated_denominator
        from marts.fct_indicator
    )
    select stated.indicator_code, stated.procedure_code = '*' as is_for_all,
        count(*) filter (where stated_denominator is not null) as stated,
        count(*) filter (where stated_denominator > 0) as above_zero,
        count(distinct stated.period_grain) filter (where stated_denominator > 0) as grains,
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
    left join rederived as cases
        on cases.unit_code = stated.scope_code
        and (cases.indicator_code, cases.procedure_code) = (stated.indicator_code, stated.procedure_code)
        and (cases.period_grain, cases.period_start) = (stated.period_grain, stated.period_start)
    inner join marts.dim_org_unit as unit on unit.unit_code = stated.unit_code and unit.is_current
    group by 1, 2
"""
# Cases of an inherited figure are listed at the unit too, beside those of the province that it comes from.
ORPHANS = """
    with figures as materialized (
        select unit_code, scope_code, indicator_code, period_grain, period_start, procedure_code
        from marts.fct_indicator
    ),
    stated as (
        select unit_code, indicator_code, period_grain, period_start, procedure_code from figures
        union
        select scope_code, indicator_code, period_grain, period_start, procedure_code from figures
    )
    select cases.* from rederived as cases
    left join stated using (unit_code, indicator_code, period_grain, period_start, procedure_code)
    where stated.unit_code is null and cases.denominator > 0
    limit 5
"""


def compare_with_cases(engine: Engine) -> list[Row]:
    """Return a row per indicator and grain of procedure: what is stated, and how much of it differs."""
    with engine.begin() as connection:
        _add_up(connection)
        compared = list(connection.execute(text(COMPARED)))
        orphans = connection.execute(text(ORPHANS)).all()
        assert orphans == [], f"cases of numbers that nobody states: {orphans}"
        connection.execute(text("drop table cases, rederived"))
    return compared


def _add_up(connection: Connection) -> None:
    connection.execute(text(CASES))
    connection.execute(text(REDERIVED))
