-- Dossiers that were not accepted, under each dossier indicator, which all leave them out, in the columns
-- of mart_indicator_case.
select
    dossier.unit_code,
    indicator.code as indicator_code,
    dossier.period_grain,
    dossier.period_start,
    'dossier' as case_kind,
    dossier.dossier_code as case_code,
    dossier.dossier_unit_code as case_unit_code,
    dossier.procedure_code,
    false as is_in_denominator,
    false as is_in_numerator,
    0 as denominator_part,
    0 as numerator_part,
    'not_accepted' as reason_code,
    null as late_by_seconds,
    null as late_by_working_days,
    dossier.received_at as started_at,
    null as due_at,
    null as ended_at,
    jsonb_build_object('status', dossier.status) as detail,
    'dossier' as entity,
    dossier.batch_id,
    dossier.raw_id
from {{ ref('int_unaccepted_dossier') }} as dossier
cross join
    (values ('1.4'), ('2.1'), ('2.2'), ('3.3'), ('3.6'), ('4.1'), ('4.2'), ('4.3'), ('4.4'), ('4.6'), ('5.3'))
        as indicator (code)
