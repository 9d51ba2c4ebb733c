-- Each procedure under a unit's authority, with what 3.1, 3.4, 3.5 and 4.5 ask of it: the procedures of
-- the denominator and, among them, of the numerator. int_procedure_count only counts these rows.
with offered as (
    select
        scope_key,
        procedure_code,
        bool_or(level in ('partial', 'full')) as is_offered_online
    from {{ ref('int_unit_service') }}
    group by scope_key, procedure_code
)

select
    authority.scope_key,
    authority.unit_code,
    authority.period_grain,
    authority.period_start,
    authority.procedure_code,
    authority.raw_id,
    procedure.procedure_name,
    procedure.procedure_code is not null as is_in_catalogue,
    offered.procedure_code is not null as has_service,
    coalesce(offered.is_offered_online, false) as is_offered_online,
    coalesce(procedure.has_fee, false) as is_fee_procedure,
    coalesce(procedure.has_fee and dossiers.paid_online > 0, false) as is_paid_online,
    coalesce(procedure.has_fee and dossiers.received_portal_fee > 0, false) as is_integrated,
    citizen.procedure_code is not null as is_citizen_procedure,
    coalesce(citizen.procedure_code is not null and dossiers.population_marked > 0, false) as is_connected,
    coalesce(dossiers.population, 0) as dossiers,
    coalesce(dossiers.received, 0) as dossiers_received
from {{ ref('int_unit_authority') }} as authority
left join offered
    on
        authority.scope_key = offered.scope_key
        and authority.procedure_code = offered.procedure_code
left join {{ ref('stg_catalogue__procedure') }} as procedure on authority.procedure_code = procedure.procedure_code
left join {{ ref('int_citizen_procedure') }} as citizen on authority.procedure_code = citizen.procedure_code
left join {{ ref('int_dossier_count') }} as dossiers
    on
        authority.scope_key = dossiers.scope_key
        and authority.procedure_code = dossiers.procedure_code
