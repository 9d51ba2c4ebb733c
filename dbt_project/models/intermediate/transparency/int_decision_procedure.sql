-- One row per decision and procedure, with its two deadlines in working days: of the announcement
-- before legal effect (1.1), of publication after the decision (1.2). Ministries have longer ones.
with instances as (
    select
        decision.unit_code,
        decision.decision_no,
        decision.decided_on,
        decision.is_local,
        decision.legal_effect_on,
        decision.raw_id,
        item ->> 'procedure_code' as procedure_code,
        (item ->> 'published_on')::date as published_on,
        case when decision.unit_code like 'G%' then 'ministry' else 'province' end as applies_to
    from {{ ref('stg_catalogue__decision') }} as decision
    cross join lateral jsonb_array_elements(decision.procedures) as item
)

select
    instances.unit_code,
    instances.decision_no,
    instances.decided_on,
    instances.is_local,
    instances.legal_effect_on,
    instances.procedure_code,
    instances.published_on,
    instances.raw_id,
    before_effect.day_before as latest_decision_on,
    after_decision.day_after as publish_by
from instances
inner join {{ ref('working_day_limits') }} as announce_limit
    on announce_limit.indicator_code = '1.1' and instances.applies_to = announce_limit.applies_to
inner join {{ ref('working_day_limits') }} as publish_limit
    on publish_limit.indicator_code = '1.2' and instances.applies_to = publish_limit.applies_to
left join {{ ref('int_working_day_offset') }} as before_effect
    on
        instances.legal_effect_on = before_effect.day
        and announce_limit.working_days = before_effect.working_days
left join {{ ref('int_working_day_offset') }} as after_decision
    on instances.decided_on = after_decision.day and publish_limit.working_days = after_decision.working_days
