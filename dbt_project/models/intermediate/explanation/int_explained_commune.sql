-- Communes behind the observed rate of 4.7, in the columns of mart_indicator_case.
select
    unit_code,
    '4.7' as indicator_code,
    period_grain,
    period_start,
    'commune' as case_kind,
    commune_code as case_code,
    commune_code as case_unit_code,
    null as procedure_code,
    true as is_in_denominator,
    is_issuing as is_in_numerator,
    1 as denominator_part,
    (is_issuing)::int::numeric as numerator_part,
    case when is_issuing then 'electronic_copy_issued' else 'no_electronic_copy' end as reason_code,
    null as late_by_seconds,
    null as late_by_working_days,
    null as started_at,
    null as due_at,
    null as ended_at,
    jsonb_build_object('copies', copies) as detail,
    'certified_copy' as entity,
    raw_id
from {{ ref('int_certified_copy_case') }}
