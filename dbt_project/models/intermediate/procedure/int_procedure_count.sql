{{ config(
    materialized='incremental', incremental_strategy='append',
    indexes=[{'columns': ['unit_code', 'period_start', 'period_grain']}],
    pre_hook="{{ forget_affected(scopes_with_other_counts()) }}"
) }}

-- Procedure counts of 3.1, 3.4, 3.5 and 4.5: distinct over the union of a unit's children, never
-- sums; the numerator runs over the procedures of the denominator.
select
    unit_code,
    period_grain,
    period_start,
    count(*) as under_authority,
    count(*) filter (where is_offered_online) as offered_online,
    count(*) filter (where is_fee_procedure) as fee_procedures,
    count(*) filter (where is_paid_online) as fee_procedures_paid_online,
    count(*) filter (where is_integrated) as fee_procedures_integrated,
    count(*) filter (where is_citizen_procedure) as citizen_procedures,
    count(*) filter (where is_connected) as citizen_procedures_connected
from (
    select cases.*
    from {{ ref('int_procedure_case') }} as cases
    {{ of_affected_scope('cases.scope_key', scopes_with_other_counts()) }}
) as cases
group by unit_code, period_grain, period_start
