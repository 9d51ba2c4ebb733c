{{ config(
    materialized='incremental', incremental_strategy='append',
    indexes=[{'columns': ['unit_code', 'period_start', 'period_grain']}, {'columns': ['scope_key', 'procedure_code']}],
    pre_hook="{{ forget_affected(scopes_of_new_day()) }}"
) }}

-- Online services applied by a unit or any unit below it, distinct, in a state that offers them at E.
-- raw_id: the first record that says so.
select
    {{ scope_key('closure.ancestor_code', 'period') }} as scope_key,
    closure.ancestor_code as unit_code,
    period.period_grain,
    period.period_start,
    service.service_code,
    service.procedure_code,
    service.level,
    min(service.raw_id) as raw_id
from {{ ref('stg_catalogue__service') }} as service
cross join lateral unnest(service.applied_units) as applied (unit_code)
inner join {{ ref('int_scope_closure') }} as closure on applied.unit_code = closure.unit_code
inner join {{ ref('int_period') }} as period
    on
        coalesce(service.valid_from <= period.judged_on, true)
        and coalesce(service.valid_to >= period.judged_on, true)
{{ of_affected('closure.ancestor_code', 'period', scopes_of_new_day()) }}
where service.state in ('public', 'awaiting_stop', 'under_test')
group by
    closure.ancestor_code, period.period_grain, period.period_start, service.service_code,
    service.procedure_code, service.level
