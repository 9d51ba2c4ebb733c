-- Which documented other reading gives the published score from the same numerator and denominator.
with differing as (
    select *
    from {{ ref('int_compared_indicator') }}
    where has_different_score and not has_different_parts
),

readings as (
    select
        indicator_code,
        cause,
        max_points,
        scoring_type,
        full_marks_at,
        zero_denominator,
        constant_points,
        rounding_stage,
        rounding_mode,
        decimals
    from {{ ref('alternative_rules') }}
    union all
    select
        indicator_code,
        'rounding' as cause,
        max_points,
        scoring_type,
        full_marks_at,
        zero_denominator,
        constant_points,
        rounding_stage,
        'down' as rounding_mode,
        decimals
    from {{ ref('scoring_rules') }}
),

scored as (
    select
        differing.unit_code,
        differing.indicator_code,
        differing.period_grain,
        differing.period_start,
        differing.published_score,
        readings.cause,
        {{ indicator_score('differing.computed_numerator', 'differing.computed_denominator', 'readings') }} as score
    from differing
    inner join readings on differing.indicator_code = readings.indicator_code
)

select
    unit_code,
    indicator_code,
    period_grain,
    period_start,
    min(cause) as cause
from scored
where score is not distinct from published_score
group by unit_code, indicator_code, period_grain, period_start
