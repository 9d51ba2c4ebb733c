-- Each online service applied in a unit's subtree, and whether its procedure had an online dossier
-- received there (3.2). int_service_count only counts these rows.
select
    service.scope_key,
    service.unit_code,
    service.period_grain,
    service.period_start,
    service.service_code,
    service.procedure_code,
    service.level,
    service.raw_id,
    coalesce(dossiers.received_online > 0, false) as has_online_dossier,
    coalesce(dossiers.received, 0) as dossiers_received,
    coalesce(dossiers.received_online, 0) as dossiers_online
from {{ ref('int_unit_service') }} as service
left join {{ ref('int_dossier_count') }} as dossiers
    on
        service.scope_key = dossiers.scope_key
        and service.procedure_code = dossiers.procedure_code
