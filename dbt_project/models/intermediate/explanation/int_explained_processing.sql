-- Dossiers behind 2.2, in the columns of mart_indicator_case: the numerator adds up processing times.
select
    unit_code,
    '2.2' as indicator_code,
    period_grain,
    period_start,
    'dossier' as case_kind,
    dossier_code as case_code,
    dossier_unit_code as case_unit_code,
    procedure_code,
    processing_time is not null as is_in_denominator,
    processing_time is not null as is_in_numerator,
    (processing_time is not null)::int::numeric as denominator_part,
    coalesce(processing_time::numeric, 0) as numerator_part,
    reason_code,
    null as late_by_seconds,
    null as late_by_working_days,
    received_at as started_at,
    null as due_at,
    ended_at,
    jsonb_strip_nulls(jsonb_build_object(
        'status', status, 'time_unit', max_time_unit, 'maximum_time', max_time,
        'supplement_seconds', supplement_seconds
    )) as detail,
    'dossier' as entity,
    batch_id,
    raw_id
from {{ ref('int_processing_case') }}
