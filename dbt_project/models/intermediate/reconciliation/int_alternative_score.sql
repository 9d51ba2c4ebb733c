-- Which documented other reading gives the published score from the published numerator and denominator,
-- where the rule in force does not. Differences of the parts play no part in it.
with differing as (
    select
        compared.*,
        {{ indicator_score('compared.published_numerator', 'compared.published_denominator', 'rule') }} as ruled_score
    from {{ ref('int_compared_indicator') }} as compared
    inner join {{ ref('scoring_rules') }} as rule
        on compared.rule_set = rule.rule_set and compared.indicator_code = rule.indicator_code
    where compared.has_different_score
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
        {{ indicator_score('differing.published_numerator', 'differing.published_denominator', 'readings') }} as score
    from differing
    inner join readings on differing.indicator_code = readings.indicator_code
    where differing.ruled_score is distinct from differing.published_score
)

select distinct
    unit_code,
    indicator_code,
    period_grain,
    period_start,
    cause
from scored
where score is not distinct from published_score
