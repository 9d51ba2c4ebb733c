-- The step at which each open dossier stands: the status of its latest progress event by evaluated_at, under
-- whichever of its numbers; without an event, the status of its record, since when is then not known. Asked dossier
-- by dossier: few are open, however many there were.
with codes as (
    select
        dossier.dossier_code,
        dossier.judged_at,
        dossier.dossier_code as event_code
    from {{ ref('int_dossier_deadline') }} as dossier
    union all
    select
        dossier.dossier_code,
        dossier.judged_at,
        number.former_code as event_code
    from {{ ref('int_dossier_deadline') }} as dossier
    inner join {{ ref('int_dossier_number') }} as number on dossier.dossier_code = number.dossier_code
),

latest as (
    select distinct on (codes.dossier_code)
        codes.dossier_code,
        event.status,
        event.occurred_at
    from codes
    cross join
        lateral (
            select
                events.status,
                events.occurred_at
            from {{ ref('stg_onestop__dossier_event') }} as events
            where events.dossier_code = codes.event_code and events.occurred_at <= codes.judged_at
            order by events.occurred_at desc, events.status desc
            limit 1
        ) as event
    order by codes.dossier_code asc, event.occurred_at desc, event.status desc
)

select
    dossier.dossier_code,
    coalesce(latest.status, dossier.status) as status,
    latest.occurred_at as since
from {{ ref('int_dossier_deadline') }} as dossier
left join latest on dossier.dossier_code = latest.dossier_code
