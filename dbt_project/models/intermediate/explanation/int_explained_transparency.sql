-- Procedures behind 1.1 to 1.3, in the columns of mart_indicator_case: the province's, shown by every unit
-- of it.
select
    spine.unit_code,
    provincial.indicator_code,
    spine.period_grain,
    spine.period_start,
    'procedure' as case_kind,
    provincial.procedure_code as case_code,
    provincial.unit_code as case_unit_code,
    provincial.procedure_code,
    provincial.is_in_denominator,
    provincial.is_in_numerator,
    (provincial.is_in_denominator)::int::numeric as denominator_part,
    (provincial.is_in_numerator)::int::numeric as numerator_part,
    provincial.reason_code,
    provincial.days_late * 86400::bigint as late_by_seconds,
    null as late_by_working_days,
    null as started_at,
    {{ end_of_day('provincial.due_on') }} as due_at,
    {{ start_of_day('provincial.acted_on') }} as ended_at,
    provincial.detail,
    provincial.entity,
    provincial.raw_id
from {{ ref('int_scored_unit_period') }} as spine
inner join {{ ref('int_transparency_case') }} as provincial
    on
        spine.root_code = provincial.unit_code
        and spine.period_grain = provincial.period_grain
        and spine.period_start = provincial.period_start
