{{ config(indexes=[
    {'columns': ['unit_code', 'period_start']},
    {'columns': ['indicator_code', 'period_grain', 'boundary', 'unit_code', 'period_start', 'computed_score']},
]) }}

-- Computed beside published per unit, indicator and period: difference, status and likely cause.
select
    compared.unit_code,
    compared.indicator_code,
    compared.period_grain,
    compared.period_start,
    compared.rule_set,
    compared.boundary,
    compared.computed_numerator,
    compared.computed_denominator,
    compared.computed_score,
    compared.published_numerator,
    compared.published_denominator,
    compared.published_score,
    compared.published_numerator - compared.computed_numerator as numerator_difference,
    compared.published_denominator - compared.computed_denominator as denominator_difference,
    compared.published_score - compared.computed_score as score_difference,
    case
        when not compared.is_published then 'computed_only'
        when not compared.is_computed then 'published_only'
        when not compared.has_different_parts and not compared.has_different_score then 'equal'
        when
            abs(coalesce(compared.published_score, 0) - coalesce(compared.computed_score, 0)) <= limits.tolerance
            then 'within_tolerance'
        else 'different'
    end as status,
    cause.cause as likely_cause,
    explanation.name_vi as likely_cause_vi,
    explanation.name_en as likely_cause_en,
    cause.is_exact as is_cause_exact,
    array_to_string(cause.further_causes, ', ') as further_causes,
    compared.captured_at as published_captured_at,
    unit.data_origin
from {{ ref('int_compared_indicator') }} as compared
cross join (
    select tolerance
    from {{ ref('reconciliation_limits') }}
    where measure = 'score'
) as limits
left join {{ ref('int_indicator_cause') }} as cause
    on
        compared.unit_code = cause.unit_code
        and compared.indicator_code = cause.indicator_code
        and compared.period_grain = cause.period_grain
        and compared.period_start = cause.period_start
left join {{ ref('reconciliation_causes') }} as explanation on cause.cause = explanation.cause
left join {{ ref('dim_org_unit') }} as unit on compared.unit_code = unit.unit_code and unit.is_current
