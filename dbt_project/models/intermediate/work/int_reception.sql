-- Dossiers received by each unit itself, by month, channel and how they can have been filed. A dossier is received
-- in one month only and none after evaluated_at, so that the months of a period give its count. filing: counter,
-- post; online, it is away where no counter was open when it was filed, else unknown: staff file online for people
-- at the counter, and no record tells.
with filed as (
    select
        dossier.unit_code,
        dossier.channel,
        date_trunc('month', dossier.received_at at time zone 'Asia/Ho_Chi_Minh')::date as received_month,
        case when dossier.channel = 2 then dossier.submitted_at at time zone 'Asia/Ho_Chi_Minh' end as submitted
    from {{ ref('int_dossier') }} as dossier
    inner join {{ ref('stg_audit__evaluation') }} as evaluation on dossier.received_at <= evaluation.evaluated_at
    where not dossier.is_excluded
)

select
    filed.unit_code,
    filed.received_month,
    filed.channel,
    case
        when filed.channel = 3 then 'post'
        when filed.channel <> 2 then 'counter'
        when not day.is_working or filed.submitted::time not between hours.opens_at and hours.closes_at then 'away'
        else 'unknown'
    end as filing,
    count(*) as dossiers
from filed
cross join {{ ref('counter_hours') }} as hours
left join {{ ref('int_working_day') }} as day on filed.submitted::date = day.day
group by filed.unit_code, filed.received_month, filed.channel, filing
