-- Each cause that its evidence supports, per differing indicator. is_exact: the cause gives this
-- indicator's published figure to the digit; else it holds for the unit's dossiers as a whole.
with differing as (
    select *
    from {{ ref('int_compared_indicator') }}
    where is_computed and is_published and (has_different_parts or has_different_score)
),

counted as (
    select
        counts.variant,
        counts.unit_code,
        counts.period_grain,
        counts.period_start,
        measures.indicator_code,
        measures.numerator,
        measures.denominator
    from {{ ref('int_dossier_count_variant') }} as counts
    cross join lateral ({{ dossier_indicator_values('counts') }}) as measures (indicator_code, numerator, denominator)
),

reproduced as (
    select
        differing.unit_code,
        differing.indicator_code,
        differing.period_grain,
        differing.period_start,
        case counted.variant when 'synced' then 'late_sync' else 'other_population' end as cause
    from differing
    inner join counted
        on
            differing.scope_code = counted.unit_code
            and differing.indicator_code = counted.indicator_code
            and differing.period_grain = counted.period_grain
            and differing.period_start = counted.period_start
    where
        differing.has_different_parts
        and (counted.numerator, counted.denominator) = (differing.published_numerator, differing.published_denominator)
),

evidence as (
    select
        unit_code,
        indicator_code,
        period_grain,
        period_start,
        'missing_source' as cause,
        true as is_exact
    from differing
    where computed_status_reason = 'no_source'
    union all
    select
        unit_code,
        indicator_code,
        period_grain,
        period_start,
        'inherited_numerators' as cause,
        true as is_exact
    from differing
    where
        indicator_code in ('1.1', '1.2', '1.3')
        and has_different_parts
        and computed_denominator > 0
        and published_denominator > computed_denominator
        and published_denominator % computed_denominator = 0
        and published_numerator * computed_denominator = computed_numerator * published_denominator
    union all
    select
        unit_code,
        indicator_code,
        period_grain,
        period_start,
        'portal_restated' as cause,
        true as is_exact
    from {{ ref('int_restated_figure') }}
    union all
    select
        unit_code,
        indicator_code,
        period_grain,
        period_start,
        cause,
        true as is_exact
    from {{ ref('int_alternative_score') }}
    union all
    -- Without the unit's population behind it, equal counts under the feed's receipts are a coincidence.
    select
        reproduced.unit_code,
        reproduced.indicator_code,
        reproduced.period_grain,
        reproduced.period_start,
        reproduced.cause,
        true as is_exact
    from reproduced
    where
        reproduced.cause <> 'late_sync'
        or exists (
            select 1
            from {{ ref('int_population_cause') }} as population
            where
                population.cause = reproduced.cause
                and population.unit_code = reproduced.unit_code
                and population.period_grain = reproduced.period_grain
                and population.period_start = reproduced.period_start
        )
    union all
    select
        differing.unit_code,
        differing.indicator_code,
        differing.period_grain,
        differing.period_start,
        population.cause,
        false as is_exact
    from differing
    inner join {{ ref('int_population_cause') }} as population
        on
            differing.unit_code = population.unit_code
            and differing.period_grain = population.period_grain
            and differing.period_start = population.period_start
    where
        differing.has_different_parts
        and differing.indicator_code in (
            select inputs.indicator_code
            from {{ ref('indicator_inputs') }} as inputs
            where inputs.entity = 'dossier'
        )
)

select
    unit_code,
    indicator_code,
    period_grain,
    period_start,
    cause,
    bool_or(is_exact) as is_exact
from evidence
group by unit_code, indicator_code, period_grain, period_start, cause
