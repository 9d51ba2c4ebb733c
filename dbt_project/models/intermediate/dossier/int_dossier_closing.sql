-- The closing instants of a dossier, from the record and, where it is silent, from progress events.
-- Refused, stopped and withdrawn count only after reception.
with events as (
    select
        coalesce(number.dossier_code, event.dossier_code) as dossier_code,
        event.occurred_at,
        event.status
    from {{ ref('stg_onestop__dossier_event') }} as event
    left join {{ ref('int_dossier_number') }} as number on event.dossier_code = number.former_code
),

closings as (
    select
        dossier.dossier_code,
        min(event.occurred_at) filter (where event.status = 9) as done_event_at,
        min(event.occurred_at) filter (where event.status = 10) as returned_event_at,
        min(event.occurred_at) filter (where event.status in (7, 8) and event.occurred_at >= dossier.received_at)
            as closed_event_at
    from {{ ref('int_dossier') }} as dossier
    inner join events as event on dossier.dossier_code = event.dossier_code
    where event.status in (7, 8, 9, 10)
    group by dossier.dossier_code
)

select
    dossier.dossier_code,
    coalesce(dossier.finished_at, closings.done_event_at) as done_at,
    coalesce(dossier.returned_at, closings.returned_event_at) as returned_at,
    least(
        case when dossier.refused_at >= dossier.received_at then dossier.refused_at end,
        closings.closed_event_at
    ) as closed_at
from {{ ref('int_dossier') }} as dossier
left join closings on dossier.dossier_code = closings.dossier_code
