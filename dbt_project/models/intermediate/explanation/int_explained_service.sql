-- Services behind 3.2, in the columns of mart_indicator_case.
select
    unit_code,
    '3.2' as indicator_code,
    period_grain,
    period_start,
    'service' as case_kind,
    service_code as case_code,
    null as case_unit_code,
    procedure_code,
    true as is_in_denominator,
    has_online_dossier as is_in_numerator,
    1 as denominator_part,
    (has_online_dossier)::int::numeric as numerator_part,
    case
        when has_online_dossier then 'has_online_dossier'
        when dossiers_received = 0 then 'no_dossier_received'
        else 'no_online_dossier'
    end as reason_code,
    null as late_by_seconds,
    null as late_by_working_days,
    null as started_at,
    null as due_at,
    null as ended_at,
    jsonb_build_object(
        'level', level, 'received', dossiers_received, 'online', dossiers_online
    ) as detail,
    'service' as entity,
    raw_id
from {{ ref('int_service_case') }}
