-- Procedure counts of 3.1, 3.4, 3.5 and 4.5: distinct over the union of a unit's children, never
-- sums; the numerator runs over the procedures of the denominator.
with offered as (
    select distinct
        unit_code,
        period_grain,
        period_start,
        procedure_code
    from {{ ref('int_unit_service') }}
    where level in ('partial', 'full')
)

select
    authority.unit_code,
    authority.period_grain,
    authority.period_start,
    count(*) as under_authority,
    count(*) filter (where offered.procedure_code is not null) as offered_online,
    count(*) filter (where procedure.has_fee) as fee_procedures,
    count(*) filter (where procedure.has_fee and dossiers.paid_online > 0) as fee_procedures_paid_online,
    count(*) filter (where procedure.has_fee and dossiers.received_portal_fee > 0) as fee_procedures_integrated,
    count(*) filter (where citizen.procedure_code is not null) as citizen_procedures,
    count(*) filter (where citizen.procedure_code is not null and dossiers.population_marked > 0)
        as citizen_procedures_connected
from {{ ref('int_unit_authority') }} as authority
left join offered
    on
        authority.unit_code = offered.unit_code
        and authority.period_grain = offered.period_grain
        and authority.period_start = offered.period_start
        and authority.procedure_code = offered.procedure_code
left join {{ ref('stg_catalogue__procedure') }} as procedure on authority.procedure_code = procedure.procedure_code
left join {{ ref('int_citizen_procedure') }} as citizen on authority.procedure_code = citizen.procedure_code
left join {{ ref('int_dossier_count') }} as dossiers
    on
        authority.unit_code = dossiers.unit_code
        and authority.period_grain = dossiers.period_grain
        and authority.period_start = dossiers.period_start
        and authority.procedure_code = dossiers.procedure_code
group by authority.unit_code, authority.period_grain, authority.period_start
