{{ config(
    materialized='incremental', incremental_strategy='append',
    indexes=[{'columns': ['scope_key']}],
    pre_hook="{{ forget_affected() }}",
    post_hook="{% if not is_incremental() %}create index on {{ this }} (scope_key) where procedure_code = '*'{% endif %}"
) }}

-- Numerator, denominator, ratio and score under every rule set valid in the period. Where the inputs
-- are there and nothing was counted, both parts are 0; where an input is missing, they are null.
with valued as (
    select
        spine.unit_code,
        spine.period_grain,
        spine.period_start,
        spine.scope_key,
        '*' as procedure_code,
        spine.indicator_code,
        spine.root_code,
        spine.is_provisional,
        spine.has_inputs,
        case
            when not spine.has_inputs then null
            when observed.unit_code is null and spine.indicator_code not in ('1.4', '2.2', '4.7') then 0
            else observed.numerator
        end as observed_numerator,
        case
            when not spine.has_inputs then null
            when observed.unit_code is null and spine.indicator_code not in ('1.4', '2.2', '4.7') then 0
            else observed.denominator
        end as observed_denominator
    from {{ ref('int_indicator_spine') }} as spine
    left join {{ ref('int_indicator_value') }} as observed
        on
            observed.procedure_code = '*'
            and spine.unit_code = observed.unit_code
            and spine.period_grain = observed.period_grain
            and spine.period_start = observed.period_start
            and spine.indicator_code = observed.indicator_code
    {{ of_affected('spine.unit_code', 'spine') }}
    union all
    -- One procedure: wherever there are records.
    select
        observed.unit_code,
        observed.period_grain,
        observed.period_start,
        spine.scope_key,
        observed.procedure_code,
        observed.indicator_code,
        spine.root_code,
        spine.is_provisional,
        spine.has_inputs,
        case when spine.has_inputs then observed.numerator end as observed_numerator,
        case when spine.has_inputs then observed.denominator end as observed_denominator
    from {{ ref('int_indicator_value') }} as observed
    inner join {{ ref('int_indicator_spine') }} as spine
        on
            observed.unit_code = spine.unit_code
            and observed.period_grain = spine.period_grain
            and observed.period_start = spine.period_start
            and observed.indicator_code = spine.indicator_code
    {{ of_affected('observed.unit_code', 'observed') }}
    where observed.procedure_code <> '*'
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
),

percentaged as (
    select
        ruled.*,
        {{ scored_percentage('ruled.numerator', 'ruled.denominator', 'ruled') }} as percentage
    from ruled
),

pointed as (
    select
        percentaged.*,
        {{ raw_points('percentaged.percentage', 'percentaged.numerator', 'percentaged.denominator', 'percentaged') }}
            as points
    from percentaged
)

select
    pointed.unit_code,
    pointed.root_code,
    pointed.period_grain,
    pointed.period_start,
    pointed.scope_key,
    pointed.procedure_code,
    pointed.indicator_code,
    pointed.indicator_code in ('1.1', '1.2', '1.3') as is_provincial,
    pointed.rule_set,
    pointed.has_inputs,
    pointed.is_provisional,
    pointed.max_points,
    pointed.scoring_type,
    trim_scale(pointed.observed_numerator) as observed_numerator,
    trim_scale(pointed.observed_denominator) as observed_denominator,
    trim_scale(pointed.numerator) as numerator,
    trim_scale(pointed.denominator) as denominator,
    case
        when pointed.scoring_type = 'none' then round(pointed.numerator / nullif(pointed.denominator, 0), 4)
        when pointed.scoring_type = 'constant'
            then {{ round_by_mode('pointed.constant_ratio', 'pointed.decimals', 'pointed.rounding_mode') }}
        else {{ round_by_mode('pointed.percentage', 'pointed.decimals', 'pointed.rounding_mode') }}
    end as ratio,
    {{ round_by_mode('pointed.points', 'pointed.decimals', 'pointed.rounding_mode') }} as score
from pointed
