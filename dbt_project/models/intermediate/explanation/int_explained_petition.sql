-- Petitions behind 5.1 and 5.2, in the columns of mart_indicator_case.
select
    petition.unit_code,
    measures.indicator_code,
    petition.period_grain,
    petition.period_start,
    'petition' as case_kind,
    petition.petition_id as case_code,
    petition.petition_unit_code as case_unit_code,
    null as procedure_code,
    true as is_in_denominator,
    measures.is_in_numerator,
    1 as denominator_part,
    (measures.is_in_numerator)::int::numeric as numerator_part,
    measures.reason_code,
    case
        when petition.is_on_time then null
        when not petition.is_step_on_time
            then ({{ local_date('petition.step_at') }} - petition.due_on) * 86400::bigint
        when petition.published_at is not null
            then ({{ local_date('petition.published_at') }} - petition.publish_by) * 86400::bigint
    end as late_by_seconds,
    null as late_by_working_days,
    petition.received_at as started_at,
    {{ end_of_day('petition.due_on') }} as due_at,
    petition.step_at as ended_at,
    jsonb_build_object(
        'outcome', petition.outcome, 'petition_no', petition.petition_no,
        'likes', petition.likes, 'dislikes', petition.dislikes
    ) as detail,
    'petition' as entity,
    petition.raw_id
from {{ ref('int_petition_case') }} as petition
cross join
    lateral (
        values
        ('5.1', petition.is_on_time, {{ petition_reason('petition') }}),
        (
            '5.2', petition.is_satisfied,
            case
                when petition.is_satisfied then 'petition_satisfied'
                when petition.is_on_time and petition.is_disliked then 'petition_disliked'
                when petition.is_on_time then 'petition_raised_again'
                else {{ petition_reason('petition') }}
            end
        )
    ) as measures (indicator_code, is_in_numerator, reason_code)
