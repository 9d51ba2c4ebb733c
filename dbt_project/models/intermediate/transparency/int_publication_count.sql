-- 1.2: procedures made public on time, of those whose deadline lies in the period or that were made
-- public in it. One late instance makes the procedure late; what is published after E is not yet public.
with instances as (
    select
        instance.unit_code,
        period.period_grain,
        period.period_start,
        instance.procedure_code,
        coalesce(instance.published_on <= period.judged_on and instance.published_on <= instance.publish_by, false)
            as is_on_time
    from {{ ref('int_decision_procedure') }} as instance
    inner join {{ ref('int_period') }} as period
        on
            instance.publish_by between period.period_start and period.judged_on
            or instance.published_on between period.period_start and period.judged_on
),

judged as (
    select
        unit_code,
        period_grain,
        period_start,
        procedure_code,
        bool_and(is_on_time) as is_on_time
    from instances
    group by unit_code, period_grain, period_start, procedure_code
)

select
    unit_code,
    period_grain,
    period_start,
    count(*) as to_be_public,
    count(*) filter (where is_on_time) as public_on_time
from judged
group by unit_code, period_grain, period_start
