-- Each procedure in decisions dated in the period, and whether it was announced on time (1.1): every
-- local decision early enough before legal effect. Procedures not public at E are outside.
with judged as (
    select
        instance.unit_code,
        period.period_grain,
        period.period_start,
        instance.procedure_code,
        bool_or(procedure.procedure_code is not null) as is_public,
        bool_or(instance.is_local) as has_local_decision,
        bool_and(coalesce(instance.decided_on <= instance.latest_decision_on, false))
        filter (where instance.is_local) as is_every_local_on_time,
        bool_or(instance.latest_decision_on is null) filter (where instance.is_local) as is_effect_unknown,
        count(*) as decisions,
        max(instance.decided_on) filter (where instance.is_local) as last_decided_on,
        min(instance.latest_decision_on) filter (where instance.is_local) as decide_by,
        max(instance.decided_on - instance.latest_decision_on) filter (where instance.is_local) as days_late,
        min(instance.raw_id) as raw_id
    from {{ ref('int_decision_procedure') }} as instance
    inner join {{ ref('int_period') }} as period
        on instance.decided_on between period.period_start and period.judged_on
    left join {{ ref('stg_catalogue__procedure') }} as procedure
        on
            instance.procedure_code = procedure.procedure_code
            and procedure.is_public
            and coalesce(procedure.public_from <= period.judged_on, true)
            and coalesce(procedure.public_to >= period.judged_on, true)
    group by instance.unit_code, period.period_grain, period.period_start, instance.procedure_code
)

select
    *,
    coalesce(is_public and has_local_decision and is_every_local_on_time, false) as is_on_time
from judged
