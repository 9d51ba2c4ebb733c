-- Numerator, denominator, ratio and score under every rule set valid in the period. Where the inputs
-- are there and nothing was counted, both parts are 0; where an input is missing, they are null.
with valued as (
    select
        spine.*,
        case
            when not spine.has_inputs then null
            when spine.indicator_code in ('1.4', '2.2', '4.7') then observed.numerator
            else coalesce(observed.numerator, 0)
        end as observed_numerator,
        case
            when not spine.has_inputs then null
            when spine.indicator_code in ('1.4', '2.2', '4.7') then observed.denominator
            else coalesce(observed.denominator, 0)
        end as observed_denominator
    from {{ ref('int_indicator_spine') }} as spine
    left join {{ ref('int_indicator_value') }} as observed
        on
            spine.unit_code = observed.unit_code
            and spine.period_grain = observed.period_grain
            and spine.period_start = observed.period_start
            and spine.procedure_code = observed.procedure_code
            and spine.indicator_code = observed.indicator_code
),

ruled as (
    select
        valued.*,
        rule.rule_set,
        rule.max_points,
        rule.scoring_type,
        rule.full_marks_at,
        rule.zero_denominator,
        rule.constant_points,
        rule.constant_ratio,
        rule.rounding_stage,
        rule.rounding_mode,
        rule.decimals,
        case when rule.scoring_type <> 'constant' then valued.observed_numerator end as numerator,
        case when rule.scoring_type <> 'constant' then valued.observed_denominator end as denominator
    from valued
    inner join {{ ref('scoring_rules') }} as rule
        on
            valued.indicator_code = rule.indicator_code
            and coalesce(rule.valid_from <= valued.period_start, true)
            and coalesce(rule.valid_to >= valued.period_start, true)
)

select
    ruled.unit_code,
    ruled.root_code,
    ruled.period_grain,
    ruled.period_start,
    ruled.procedure_code,
    ruled.indicator_code,
    ruled.rule_set,
    ruled.has_inputs,
    ruled.is_provisional,
    ruled.evaluated_at,
    ruled.data_origin,
    ruled.observed_numerator,
    ruled.observed_denominator,
    ruled.numerator,
    ruled.denominator,
    ruled.max_points,
    ruled.scoring_type,
    ruled.rounding_mode,
    ruled.decimals,
    case
        when ruled.scoring_type = 'constant' then ruled.constant_ratio
        when ruled.scoring_type = 'none' then ruled.numerator / nullif(ruled.denominator, 0)
        else {{ scored_percentage('ruled.numerator', 'ruled.denominator', 'ruled') }}
    end as exact_ratio,
    {{ indicator_score('ruled.numerator', 'ruled.denominator', 'ruled') }} as score
from ruled
