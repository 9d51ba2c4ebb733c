-- How and in which month each dossier was received, once it was judged: received by evaluated_at, and accepted.
-- filing: counter, post; online, it is away where no counter was open when it was filed, else unknown: staff file
-- online for people at the counter, and no record tells.
with filed as (
    select
        state.dossier_code,
        state.newest_code,
        state.unit_code,
        state.channel,
        date_trunc('month', state.received_at at time zone 'Asia/Ho_Chi_Minh')::date as received_month,
        case when state.channel = 2 then state.submitted_at at time zone 'Asia/Ho_Chi_Minh' end as submitted
    from {{ ref('int_dossier_state') }} as state
    where state.timeliness is not null
)

select
    filed.dossier_code,
    filed.newest_code,
    filed.unit_code,
    filed.received_month,
    filed.channel,
    case
        when filed.channel = 3 then 'post'
        when filed.channel <> 2 then 'counter'
        when not day.is_working or filed.submitted::time not between hours.opens_at and hours.closes_at then 'away'
        else 'unknown'
    end as filing
from filed
cross join {{ ref('counter_hours') }} as hours
left join {{ ref('int_working_day') }} as day on filed.submitted::date = day.day
