-- The same measures counted from the dossiers, per unit as it stood, with all below it, and period, where a form
-- states any. Resolved: ended by E; in time: as 2.1 judges.
with asked as (
    select distinct
        unit_code,
        period_grain,
        period_start
    from {{ ref('int_form_measure') }}
),

counted as (
    select
        asked.unit_code,
        asked.period_grain,
        asked.period_start,
        count(*) filter (where member.is_received and mark.is_online) as received_online,
        count(*) filter (where member.is_received and not coalesce(mark.is_online, false)) as received_direct_postal,
        count(*) filter (where not member.is_received) as carried_over,
        count(*) filter (where member.ended_at is not null) as resolved_total,
        count(*) filter (where member.ended_at is not null and member.timeliness = 'on_time') as resolved_in_time,
        count(*) filter (
            where member.ended_at is not null and member.timeliness in ('after_promised', 'over_maximum')
        ) as resolved_overdue,
        count(*) filter (where member.ended_at is null) as in_process_total,
        count(*) filter (where member.ended_at is null and member.timeliness = 'on_time') as in_process_in_time,
        count(*) filter (
            where member.ended_at is null and member.timeliness in ('after_promised', 'over_maximum')
        ) as in_process_overdue
    from asked
    inner join {{ ref('int_as_was_closure') }} as closure
        on
            asked.unit_code = closure.ancestor_code
            and asked.period_grain = closure.period_grain
            and asked.period_start = closure.period_start
    inner join {{ ref('int_dossier_period') }} as member
        on
            closure.unit_code = member.unit_code
            and asked.period_grain = member.period_grain
            and asked.period_start = member.period_start
    inner join {{ ref('int_dossier_mark') }} as mark on member.dossier_code = mark.dossier_code
    group by asked.unit_code, asked.period_grain, asked.period_start
)

select
    asked.unit_code,
    asked.period_grain,
    asked.period_start,
    measures.measure,
    coalesce(measures.counted, 0) as counted
from asked
left join counted
    on
        asked.unit_code = counted.unit_code
        and asked.period_grain = counted.period_grain
        and asked.period_start = counted.period_start
cross join lateral (
    values
    ('received_online', counted.received_online),
    ('received_direct_postal', counted.received_direct_postal),
    ('carried_over', counted.carried_over),
    ('resolved_total', counted.resolved_total),
    ('resolved_in_time', counted.resolved_in_time),
    ('resolved_overdue', counted.resolved_overdue),
    ('in_process_total', counted.in_process_total),
    ('in_process_in_time', counted.in_process_in_time),
    ('in_process_overdue', counted.in_process_overdue)
) as measures (measure, counted)
