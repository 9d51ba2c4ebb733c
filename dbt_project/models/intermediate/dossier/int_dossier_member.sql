-- One row per dossier and period that counts it at its own unit, with what each indicator asks of it.
select
    member.dossier_code,
    member.newest_code,
    member.unit_code,
    member.period_grain,
    member.period_start,
    member.procedure_code,
    member.is_received,
    member.timeliness = 'on_time' as is_on_time,
    member.timeliness <> 'deadline_unknown' as has_known_deadline,
    member.is_online,
    member.is_paid_online,
    member.has_result_link,
    member.has_component_file and (member.has_result_link or not member.is_paper_result_required) as is_digitised,
    member.is_reused,
    member.has_from_personal_store,
    member.has_population_mark,
    member.is_filed_on_portal and member.has_positive_fee as is_portal_fee_dossier,
    member.is_procedure_with_fee and not member.has_only_zero_fees as is_fee_dossier,
    coalesce(member.synced_at <= member.judged_at, false) as is_synced,
    member.synced_at is not null as is_ever_synced,
    coalesce(member.first_complained_at <= member.judged_at, false) as has_complaint
from {{ ref('int_dossier_period') }} as member
