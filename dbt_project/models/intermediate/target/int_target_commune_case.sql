-- Each commune among a figure's units that exists on a counted day, and whether it issued an electronic
-- certified copy since the window began (4.7, as observed).
with copies as (
    select
        copy.unit_code,
        {{ local_date('copy.issued_at') }} as issued_on
    from {{ ref('stg_onestop__certified_copy') }} as copy
    left join {{ ref('int_dossier_number') }} as number on copy.dossier_code = number.former_code
    inner join {{ ref('int_dossier') }} as dossier
        on coalesce(number.dossier_code, copy.dossier_code) = dossier.dossier_code
    inner join {{ ref('certified_copy_procedures') }} as procedure on dossier.procedure_code = procedure.procedure_code
    where copy.is_electronic
)

select
    asked.scope_code,
    asked.window_key,
    asked.measure_code,
    asked.day,
    member.row_kind,
    member.unit_code,
    member.unit_level,
    member.member_code as commune_code,
    exists(
        select 1 from copies
        where
            copies.unit_code = member.member_code
            and copies.issued_on between asked.window_start and asked.day
    ) as is_in_numerator
from {{ ref('int_target_day') }} as asked
inner join {{ ref('int_target_member') }} as member
    on asked.scope_code = member.scope_code and member.member_level = 'commune'
inner join {{ ref('int_org_unit') }} as unit on member.member_code = unit.unit_code
where
    asked.measure_code = '4.7'
    and coalesce(unit.valid_from <= asked.day, true) and coalesce(unit.valid_to >= asked.day, true)
