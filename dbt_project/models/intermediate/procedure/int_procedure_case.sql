-- Each procedure under a unit's authority, with what 3.1, 3.4, 3.5 and 4.5 ask of it: the procedures of
-- the denominator and, among them, of the numerator. int_procedure_count only counts these rows.
select
    authority.scope_key,
    authority.unit_code,
    authority.period_grain,
    authority.period_start,
    authority.procedure_code,
    authority.raw_id,
    procedure.procedure_name,
    procedure.procedure_code is not null as is_in_catalogue,
    offered.services > 0 as has_service,
    coalesce(offered.is_offered_online, false) as is_offered_online,
    coalesce(procedure.has_fee, false) as is_fee_procedure,
    coalesce(procedure.has_fee and dossiers.paid_online > 0, false) as is_paid_online,
    coalesce(procedure.has_fee and dossiers.received_portal_fee > 0, false) as is_integrated,
    citizen.procedure_code is not null as is_citizen_procedure,
    coalesce(citizen.procedure_code is not null and dossiers.population_marked > 0, false) as is_connected,
    coalesce(dossiers.population, 0) as dossiers,
    coalesce(dossiers.received, 0) as dossiers_received
from {{ ref('int_unit_authority') }} as authority
-- Procedure by procedure, so that those of one unit, or of the units of a change, do not read the services of all.
cross join
    lateral (
        select
            count(*) as services,
            bool_or(service.level in ('partial', 'full')) as is_offered_online
        from {{ ref('int_unit_service') }} as service
        where service.scope_key = authority.scope_key and service.procedure_code = authority.procedure_code
    ) as offered
left join {{ ref('stg_catalogue__procedure') }} as procedure on authority.procedure_code = procedure.procedure_code
left join {{ ref('int_citizen_procedure') }} as citizen on authority.procedure_code = citizen.procedure_code
left join {{ ref('int_dossier_count') }} as dossiers
    on
        authority.scope_key = dossiers.scope_key
        and authority.procedure_code = dossiers.procedure_code
