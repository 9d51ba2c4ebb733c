-- Each procedure whose deadline of publication lies in the period or that was made public in it, and
-- whether it was on time (1.2). One late instance makes it late; what is published after E is not yet public.
with instances as (
    select
        instance.unit_code,
        period.period_grain,
        period.period_start,
        instance.procedure_code,
        instance.decided_on,
        instance.publish_by,
        case when instance.published_on <= period.judged_on then instance.published_on end as published_on,
        coalesce(instance.published_on <= period.judged_on and instance.published_on <= instance.publish_by, false)
            as is_on_time,
        coalesce(instance.published_on, period.judged_on) - instance.publish_by as days_late,
        instance.raw_id
    from {{ ref('int_decision_procedure') }} as instance
    inner join {{ ref('int_period') }} as period
        on
            instance.publish_by between period.period_start and period.judged_on
            or instance.published_on between period.period_start and period.judged_on
)

select
    unit_code,
    period_grain,
    period_start,
    procedure_code,
    bool_and(is_on_time) as is_on_time,
    bool_or(published_on is null) as is_unpublished,
    count(*) as instances,
    max(decided_on) as last_decided_on,
    min(publish_by) as publish_by,
    max(published_on) as published_on,
    max(days_late) as days_late,
    min(raw_id) as raw_id
from instances
group by unit_code, period_grain, period_start, procedure_code
