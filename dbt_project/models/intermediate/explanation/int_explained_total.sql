-- Outside totals behind the denominator of 1.4, in the columns of mart_indicator_case.
select
    unit_code,
    '1.4' as indicator_code,
    period_grain,
    period_start,
    'total' as case_kind,
    total_source as case_code,
    unit_code as case_unit_code,
    null as procedure_code,
    is_chosen as is_in_denominator,
    false as is_in_numerator,
    coalesce(denominator_part, 0) as denominator_part,
    0 as numerator_part,
    reason_code,
    null as late_by_seconds,
    null as late_by_working_days,
    null as started_at,
    null as due_at,
    null as ended_at,
    jsonb_build_object('received_total', received_total, 'is_added_up', raw_id is null) as detail,
    case total_source when 'portal' then 'portal_total' else 'national_report_total' end as entity,
    raw_id
from {{ ref('int_sync_total_case') }}
