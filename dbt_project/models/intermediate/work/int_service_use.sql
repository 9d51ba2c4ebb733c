-- Services offered now in each unit's subtree, with the last month in which a dossier of their procedure was
-- received there: online, and at all. From the counts of 3.2, so that no dossier is read again.
with today as (
    select *
    from {{ ref('int_period') }}
    where period_grain = 'month'
    order by period_start desc
    limit 1
),

used as (
    select
        unit_code,
        procedure_code,
        max(period_start) filter (where received_online > 0) as last_online_month,
        max(period_start) filter (where received > 0) as last_received_month
    from {{ ref('int_dossier_count') }}
    where period_grain = 'month' and procedure_code <> '*'
    group by unit_code, procedure_code
),

offered_since as (
    select
        service_code,
        min(coalesce(valid_from, '-infinity'::date)) as offered_since
    from {{ ref('stg_catalogue__service') }}
    group by service_code
)

select distinct on (service.unit_code, service.service_code, service.procedure_code)
    service.unit_code,
    service.service_code,
    service.procedure_code,
    service.level,
    nullif(offered_since.offered_since, '-infinity'::date) as offered_since,
    used.last_online_month,
    used.last_received_month,
    today.period_start as this_month,
    today.evaluated_at
from {{ ref('int_unit_service') }} as service
inner join today
    on service.period_grain = today.period_grain and service.period_start = today.period_start
inner join offered_since on service.service_code = offered_since.service_code
left join used
    on service.unit_code = used.unit_code and service.procedure_code = used.procedure_code
order by service.unit_code asc, service.service_code asc, service.procedure_code asc, service.level asc
