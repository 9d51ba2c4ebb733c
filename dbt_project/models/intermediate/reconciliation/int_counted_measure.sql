-- The same measures counted from the dossiers, per unit as it stood, with all below it, and period, where a form
-- states any. Resolved: ended by E; in time: as 2.1 judges.
with asked as (
    select distinct
        unit_code,
        period_grain,
        period_start
    from {{ ref('int_form_measure') }}
),

-- Counted once at the unit that the record names, before units above are looked for: the planner knows nothing
-- of how many dossiers a period has, and would look for each of them anew.
own as materialized (
    select
        unit_code,
        period_grain,
        period_start,
        count(*) filter (where is_received and is_online) as received_online,
        count(*) filter (where is_received and not coalesce(is_online, false)) as received_direct_postal,
        count(*) filter (where not is_received) as carried_over,
        count(*) filter (where ended_at is not null) as resolved_total,
        count(*) filter (where ended_at is not null and timeliness = 'on_time') as resolved_in_time,
        count(*) filter (
            where ended_at is not null and timeliness in ('after_promised', 'over_maximum')
        ) as resolved_overdue,
        count(*) filter (where ended_at is null) as in_process_total,
        count(*) filter (where ended_at is null and timeliness = 'on_time') as in_process_in_time,
        count(*) filter (
            where ended_at is null and timeliness in ('after_promised', 'over_maximum')
        ) as in_process_overdue
    from {{ ref('int_dossier_period') }}
    where exists (select 1 from asked)
    group by unit_code, period_grain, period_start
),

counted as (
    select
        asked.unit_code,
        asked.period_grain,
        asked.period_start,
        sum(own.received_online)::bigint as received_online,
        sum(own.received_direct_postal)::bigint as received_direct_postal,
        sum(own.carried_over)::bigint as carried_over,
        sum(own.resolved_total)::bigint as resolved_total,
        sum(own.resolved_in_time)::bigint as resolved_in_time,
        sum(own.resolved_overdue)::bigint as resolved_overdue,
        sum(own.in_process_total)::bigint as in_process_total,
        sum(own.in_process_in_time)::bigint as in_process_in_time,
        sum(own.in_process_overdue)::bigint as in_process_overdue
    from asked
    inner join {{ ref('int_as_was_closure') }} as closure
        on
            asked.unit_code = closure.ancestor_code
            and asked.period_grain = closure.period_grain
            and asked.period_start = closure.period_start
    inner join own
        on
            closure.unit_code = own.unit_code
            and closure.period_grain = own.period_grain
            and closure.period_start = own.period_start
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
