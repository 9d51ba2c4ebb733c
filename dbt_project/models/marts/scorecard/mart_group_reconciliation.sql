-- Computed beside published per unit, display group and period. Where the portal publishes a group
-- without its parts, this is the only place where they meet.
with compared as (
    select
        computed.unit_code,
        computed.display_group,
        computed.period_grain,
        computed.period_start,
        computed.rule_set,
        computed.boundary,
        computed.score as computed_score,
        published.score as published_score,
        published.captured_at,
        published.data_origin
    from {{ ref('mart_group_score') }} as computed
    inner join {{ ref('int_portal_group_latest') }} as published
        on
            computed.unit_code = published.unit_code
            and computed.display_group = published.display_group
            and computed.period_grain = published.period_grain
            and computed.period_start = published.period_start
            and published.procedure_code = '*'
    where computed.boundary = 'as_was'
),

part_causes as (
    select
        cause.unit_code,
        catalogue.display_group,
        cause.period_grain,
        cause.period_start,
        (array_agg(cause.cause order by causes.precedence))[1] as cause
    from {{ ref('int_indicator_cause') }} as cause
    inner join {{ ref('indicators') }} as catalogue on cause.indicator_code = catalogue.code
    inner join {{ ref('reconciliation_causes') }} as causes on cause.cause = causes.cause
    group by cause.unit_code, catalogue.display_group, cause.period_grain, cause.period_start
),

population_causes as (
    select
        population.unit_code,
        population.period_grain,
        population.period_start,
        (array_agg(population.cause order by causes.precedence))[1] as cause
    from {{ ref('int_population_cause') }} as population
    inner join {{ ref('reconciliation_causes') }} as causes on population.cause = causes.cause
    group by population.unit_code, population.period_grain, population.period_start
)

select
    compared.unit_code,
    compared.display_group,
    compared.period_grain,
    compared.period_start,
    compared.rule_set,
    compared.boundary,
    compared.computed_score,
    compared.published_score,
    compared.published_score - compared.computed_score as score_difference,
    case
        when coalesce(compared.published_score, -1) = coalesce(compared.computed_score, -1) then 'equal'
        when
            abs(coalesce(compared.published_score, 0) - coalesce(compared.computed_score, 0)) <= limits.tolerance
            then 'within_tolerance'
        else 'different'
    end as status,
    case
        when coalesce(compared.published_score, -1) <> coalesce(compared.computed_score, -1)
            then coalesce(part_causes.cause, population.cause, 'unexplained')
    end as likely_cause,
    compared.captured_at as published_captured_at,
    compared.data_origin
from compared
cross join (
    select tolerance
    from {{ ref('reconciliation_limits') }}
    where measure = 'score'
) as limits
left join part_causes
    on
        compared.unit_code = part_causes.unit_code
        and compared.display_group = part_causes.display_group
        and compared.period_grain = part_causes.period_grain
        and compared.period_start = part_causes.period_start
left join population_causes as population
    on
        compared.unit_code = population.unit_code
        and compared.period_grain = population.period_grain
        and compared.period_start = population.period_start
        and compared.display_group not in ('CKMB', 'MDHL')
