-- Each procedure under the authority of a figure's units on a counted day, once, with what 3.1, 3.4, 3.5 and
-- 4.5 ask of it there: distinct over the union, never sums.
with authority as (
    select distinct
        asked.scope_code,
        asked.window_key,
        asked.measure_code,
        asked.day,
        member.row_kind,
        member.unit_code,
        member.unit_level,
        held.procedure_code
    from {{ ref('int_target_day') }} as asked
    inner join {{ ref('int_target_member') }} as member on asked.scope_code = member.scope_code
    inner join {{ ref('stg_catalogue__authority') }} as held
        on
            member.member_code = held.unit_code
            and coalesce(held.valid_from <= asked.day, true) and coalesce(held.valid_to >= asked.day, true)
    where asked.measure_code in ('3.1', '3.4', '3.5', '4.5')
),

offered as (
    select distinct
        asked.scope_code,
        asked.window_key,
        asked.day,
        member.row_kind,
        member.unit_code,
        member.unit_level,
        service.procedure_code
    from {{ ref('stg_catalogue__service') }} as service
    cross join lateral unnest(service.applied_units) as applied (unit_code)
    inner join {{ ref('int_target_member') }} as member on applied.unit_code = member.member_code
    inner join {{ ref('int_target_day') }} as asked
        on
            member.scope_code = asked.scope_code
            and coalesce(service.valid_from <= asked.day, true) and coalesce(service.valid_to >= asked.day, true)
    where
        asked.measure_code = '3.1' and service.state in ('public', 'awaiting_stop', 'under_test')
        and service.level in ('partial', 'full')
),

used as (
    select
        member.scope_code,
        dossiers.window_key,
        member.row_kind,
        member.unit_code,
        member.unit_level,
        dossiers.procedure_code,
        min(dossiers.paid_from) as paid_from,
        min(dossiers.integrated_from) as integrated_from,
        min(dossiers.connected_from) as connected_from
    from {{ ref('int_target_procedure_day') }} as dossiers
    inner join {{ ref('int_target_member') }} as member on dossiers.unit_code = member.member_code
    group by
        member.scope_code, dossiers.window_key, member.row_kind, member.unit_code, member.unit_level,
        dossiers.procedure_code
)

select
    authority.*,
    case authority.measure_code
        when '3.1' then true
        when '4.5' then citizen.procedure_code is not null
        else coalesce(procedure.has_fee, false)
    end as is_in_denominator,
    case authority.measure_code
        when '3.1' then offered.procedure_code is not null
        when '3.4' then coalesce(used.paid_from <= authority.day, false)
        when '3.5' then coalesce(used.integrated_from <= authority.day, false)
        when '4.5' then coalesce(used.connected_from <= authority.day, false)
    end as is_in_numerator
from authority
left join {{ ref('stg_catalogue__procedure') }} as procedure on authority.procedure_code = procedure.procedure_code
left join {{ ref('int_citizen_procedure') }} as citizen on authority.procedure_code = citizen.procedure_code
left join used
    on
        authority.scope_code = used.scope_code and authority.window_key = used.window_key
        and authority.row_kind = used.row_kind and authority.unit_code = used.unit_code
        and authority.unit_level = used.unit_level and authority.procedure_code = used.procedure_code
left join offered
    on
        authority.scope_code = offered.scope_code and authority.window_key = offered.window_key
        and authority.day = offered.day and authority.row_kind = offered.row_kind
        and authority.unit_code = offered.unit_code and authority.unit_level = offered.unit_level
        and authority.procedure_code = offered.procedure_code
