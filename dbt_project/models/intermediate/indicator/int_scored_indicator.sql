{{ config(
    materialized='incremental', incremental_strategy='append',
    indexes=[{'columns': ['scope_key', 'indicator_code']}],
    pre_hook="{{ forget_affected() }}"
) }}

-- Numerator, denominator, ratio and score of all procedures together, under every rule set valid in the period. Where
-- the inputs are there and nothing was counted, both parts are 0; where an input is missing, they are null.
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
            spine.unit_code = observed.unit_code
            and spine.period_grain = observed.period_grain
            and spine.period_start = observed.period_start
            and spine.indicator_code = observed.indicator_code
    {{ among_affected_scopes('spine.scope_key') }}
),

{{ scored_by_rule_sets() }}
