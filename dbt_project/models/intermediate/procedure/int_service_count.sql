-- Services with at least one online dossier received, of the services applied (3.2), per unit, period
-- and procedure ('*' = all).
select
    service.unit_code,
    service.period_grain,
    service.period_start,
    case when grouping(service.procedure_code) = 1 then '*' else service.procedure_code end as procedure_code,
    count(distinct service.service_code) as services,
    count(distinct service.service_code) filter (where dossiers.received_online > 0) as services_with_dossiers
from {{ ref('int_unit_service') }} as service
left join {{ ref('int_dossier_count') }} as dossiers
    on
        service.unit_code = dossiers.unit_code
        and service.period_grain = dossiers.period_grain
        and service.period_start = dossiers.period_start
        and service.procedure_code = dossiers.procedure_code
group by
    grouping sets (
        (service.unit_code, service.period_grain, service.period_start, service.procedure_code),
        (service.unit_code, service.period_grain, service.period_start)
    )
