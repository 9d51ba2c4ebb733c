{{ config(
    materialized='incremental', incremental_strategy='append',
    indexes=[{'columns': ['scope_key', 'procedure_code']}],
    pre_hook="{{ forget_affected(scopes_with_other_counts()) }}"
) }}

-- A case is one service: int_unit_service proves that none stands twice in a scope.
-- Services with at least one online dossier received, of the services applied (3.2), per unit, period
-- and procedure ('*' = all).
select
    scope_key,
    unit_code,
    period_grain,
    period_start,
    case when grouping(procedure_code) = 1 then '*' else procedure_code end as procedure_code,
    count(*) as services,
    count(*) filter (where has_online_dossier) as services_with_dossiers
from (
    select cases.*
    from {{ ref('int_service_case') }} as cases
    {{ of_affected_scope('cases.scope_key', scopes_with_other_counts()) }}
) as cases
group by
    grouping sets (
        (scope_key, unit_code, period_grain, period_start, procedure_code),
        (scope_key, unit_code, period_grain, period_start)
    )
