-- Services offered now in each unit's subtree, with when a dossier of their procedure was last received there:
-- online, and at all.
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
        max(received_at) filter (where channel = 2) as last_online_at,
        max(received_at) as last_received_at
    from {{ ref('fct_dossier') }}
    where evaluated_at is not null
    group by unit_code, procedure_code
),

used_below as (
    select
        closure.ancestor_code as unit_code,
        used.procedure_code,
        max(used.last_online_at) as last_online_at,
        max(used.last_received_at) as last_received_at
    from used
    inner join {{ ref('int_unit_closure') }} as closure on used.unit_code = closure.unit_code
    group by closure.ancestor_code, used.procedure_code
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
    used_below.last_online_at,
    used_below.last_received_at,
    today.judged_on,
    today.evaluated_at
from {{ ref('int_unit_service') }} as service
inner join today
    on service.period_grain = today.period_grain and service.period_start = today.period_start
inner join offered_since on service.service_code = offered_since.service_code
left join used_below
    on service.unit_code = used_below.unit_code and service.procedure_code = used_below.procedure_code
order by service.unit_code asc, service.service_code asc, service.procedure_code asc, service.level asc
