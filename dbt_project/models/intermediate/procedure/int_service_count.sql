{{ config(
    materialized='incremental', incremental_strategy='append',
    indexes=[{'columns': ['unit_code', 'period_start', 'period_grain']}],
    pre_hook="{{ forget_affected() }}"
) }}

-- Services with at least one online dossier received, of the services applied (3.2), per unit, period
-- and procedure ('*' = all).
select
    unit_code,
    period_grain,
    period_start,
    case when grouping(procedure_code) = 1 then '*' else procedure_code end as procedure_code,
    count(distinct service_code) as services,
    count(distinct service_code) filter (where has_online_dossier) as services_with_dossiers
from (
    select cases.*
    from {{ ref('int_service_case') }} as cases
    {{ of_affected('cases.unit_code', 'cases') }}
) as cases
group by
    grouping sets (
        (unit_code, period_grain, period_start, procedure_code),
        (unit_code, period_grain, period_start)
    )
