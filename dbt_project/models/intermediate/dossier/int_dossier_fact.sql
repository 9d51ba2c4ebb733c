-- One row per dossier, period and unit that counts it (its own and every unit above), with what each
-- indicator asks of it. Counting is all that is left to do.
select
    member.dossier_code,
    closure.ancestor_code as unit_code,
    member.period_grain,
    member.period_start,
    member.procedure_code,
    member.is_received,
    member.timeliness = 'on_time' as is_on_time,
    member.timeliness <> 'deadline_unknown' as has_known_deadline,
    mark.is_online,
    mark.is_paid_online,
    mark.has_result_link,
    mark.has_component_file
    and (mark.has_result_link or not coalesce(procedure.is_paper_result_required, false)) as is_digitised,
    mark.is_reused,
    mark.has_from_personal_store,
    mark.has_population_mark,
    mark.is_filed_on_portal and mark.has_positive_fee as is_portal_fee_dossier,
    coalesce(procedure.has_fee, false) and not mark.has_only_zero_fees as is_fee_dossier,
    coalesce(receipt.synced_at <= member.judged_at, false) as is_synced,
    receipt.synced_at is not null as is_ever_synced,
    coalesce(complaint.first_complained_at <= member.judged_at, false) as has_complaint
from {{ ref('int_dossier_period') }} as member
inner join {{ ref('int_unit_closure') }} as closure on member.unit_code = closure.unit_code
inner join {{ ref('int_dossier_mark') }} as mark on member.dossier_code = mark.dossier_code
left join {{ ref('stg_catalogue__procedure') }} as procedure on member.procedure_code = procedure.procedure_code
left join {{ ref('int_dossier_receipt') }} as receipt on member.dossier_code = receipt.dossier_code
left join {{ ref('int_dossier_complaint') }} as complaint on member.dossier_code = complaint.dossier_code
