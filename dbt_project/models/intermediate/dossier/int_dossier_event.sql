-- Progress events that may close a dossier, under its newest number.
select
    coalesce(number.dossier_code, event.dossier_code) as dossier_code,
    event.occurred_at,
    event.status
from {{ ref('stg_onestop__dossier_event') }} as event
left join {{ ref('int_dossier_number') }} as number on event.dossier_code = number.former_code
where event.status in (7, 8, 9, 10)
