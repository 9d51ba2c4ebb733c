-- One row per dossier, period and unit that counts it (its own and every unit above), with what each
-- indicator asks of it. Read one unit or dossier at a time; what counts all of them adds up int_dossier_cell.
select
    member.dossier_code,
    closure.ancestor_code as unit_code,
    member.unit_code as dossier_unit_code,
    member.period_grain,
    member.period_start,
    member.procedure_code,
    member.is_received,
    member.is_on_time,
    member.has_known_deadline,
    member.is_online,
    member.is_paid_online,
    member.has_result_link,
    member.is_digitised,
    member.is_reused,
    member.has_from_personal_store,
    member.has_population_mark,
    member.is_portal_fee_dossier,
    member.is_fee_dossier,
    member.is_synced,
    member.is_ever_synced,
    member.has_complaint,
    member.judged_at,
    member.ended_at,
    member.clock_end,
    member.promised,
    member.supplement_time,
    member.timeliness,
    member.late_by_seconds,
    member.late_by_working_days
from {{ ref('int_dossier_member') }} as member
inner join {{ ref('int_scope_closure') }} as closure on member.unit_code = closure.unit_code
