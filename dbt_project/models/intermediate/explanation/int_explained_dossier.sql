-- Dossiers behind the dossier indicators and 1.4, in the columns of mart_indicator_case.
select
    unit_code,
    indicator_code,
    period_grain,
    period_start,
    'dossier' as case_kind,
    dossier_code as case_code,
    dossier_unit_code as case_unit_code,
    procedure_code,
    is_in_denominator,
    is_in_numerator,
    (is_in_denominator)::int::numeric as denominator_part,
    (is_in_numerator)::int::numeric as numerator_part,
    reason_code,
    late_by_seconds,
    late_by_working_days,
    started_at,
    due_at,
    ended_at,
    jsonb_strip_nulls(jsonb_build_object('status', status, 'supplement_seconds', supplement_seconds)) as detail,
    'dossier' as entity,
    raw_id
from {{ ref('int_dossier_case') }}
