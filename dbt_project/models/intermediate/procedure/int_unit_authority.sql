{{ config(
    materialized='incremental', incremental_strategy='append',
    indexes=[{'columns': ['unit_code', 'period_start', 'period_grain']}, {'columns': ['scope_key']}],
    pre_hook="{{ forget_affected(scopes_of_new_day()) }}"
) }}

-- Procedures under the authority of a unit or of any unit below it, distinct, as at E. raw_id: the
-- first record that says so.
select
    {{ scope_key('closure.ancestor_code', 'period') }} as scope_key,
    closure.ancestor_code as unit_code,
    period.period_grain,
    period.period_start,
    authority.procedure_code,
    min(authority.raw_id) as raw_id
from {{ ref('stg_catalogue__authority') }} as authority
inner join {{ ref('int_scope_closure') }} as closure on authority.unit_code = closure.unit_code
inner join {{ ref('int_period') }} as period
    on
        coalesce(authority.valid_from <= period.judged_on, true)
        and coalesce(authority.valid_to >= period.judged_on, true)
{{ of_affected('closure.ancestor_code', 'period', scopes_of_new_day()) }}
group by closure.ancestor_code, period.period_grain, period.period_start, authority.procedure_code
