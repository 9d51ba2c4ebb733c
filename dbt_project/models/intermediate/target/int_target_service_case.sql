-- Each online service applied by a figure's units on a counted day, once, and whether its procedure had an
-- online dossier received there since the window began (3.2).
with applied as (
    select distinct
        asked.scope_code,
        asked.window_key,
        asked.measure_code,
        asked.day,
        member.row_kind,
        member.unit_code,
        member.unit_level,
        service.service_code,
        service.procedure_code
    from {{ ref('stg_catalogue__service') }} as service
    cross join lateral unnest(service.applied_units) as applied_unit (unit_code)
    inner join {{ ref('int_target_member') }} as member on applied_unit.unit_code = member.member_code
    inner join {{ ref('int_target_day') }} as asked
        on
            member.scope_code = asked.scope_code
            and coalesce(service.valid_from <= asked.day, true) and coalesce(service.valid_to >= asked.day, true)
    where asked.measure_code = '3.2' and service.state in ('public', 'awaiting_stop', 'under_test')
),

used as (
    select
        member.scope_code,
        dossiers.window_key,
        member.row_kind,
        member.unit_code,
        member.unit_level,
        dossiers.procedure_code,
        min(dossiers.online_from) as online_from
    from {{ ref('int_target_procedure_day') }} as dossiers
    inner join {{ ref('int_target_member') }} as member on dossiers.unit_code = member.member_code
    group by
        member.scope_code, dossiers.window_key, member.row_kind, member.unit_code, member.unit_level,
        dossiers.procedure_code
)

select
    applied.*,
    coalesce(used.online_from <= applied.day, false) as is_in_numerator
from applied
left join used
    on
        applied.scope_code = used.scope_code and applied.window_key = used.window_key
        and applied.row_kind = used.row_kind and applied.unit_code = used.unit_code
        and applied.unit_level = used.unit_level and applied.procedure_code = used.procedure_code
