-- 1.1: procedures announced on time, of the public procedures in decisions dated in the period.
with judged as (
    select
        instance.unit_code,
        period.period_grain,
        period.period_start,
        instance.procedure_code,
        bool_or(instance.is_local) as has_local_decision,
        bool_and(coalesce(instance.decided_on <= instance.latest_decision_on, false))
        filter (where instance.is_local) as is_on_time
    from {{ ref('int_decision_procedure') }} as instance
    inner join {{ ref('int_period') }} as period
        on instance.decided_on between period.period_start and period.judged_on
    inner join {{ ref('stg_catalogue__procedure') }} as procedure
        on
            instance.procedure_code = procedure.procedure_code
            and procedure.is_public
            and coalesce(procedure.public_from <= period.judged_on, true)
            and coalesce(procedure.public_to >= period.judged_on, true)
    group by instance.unit_code, period.period_grain, period.period_start, instance.procedure_code
)

select
    unit_code,
    period_grain,
    period_start,
    count(*) as announced,
    count(*) filter (where has_local_decision and is_on_time) as announced_on_time
from judged
group by unit_code, period_grain, period_start
