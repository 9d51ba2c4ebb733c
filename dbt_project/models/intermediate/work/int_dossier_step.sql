-- The step at which each open dossier stands: the status of its latest progress event by evaluated_at, under
-- whichever of its numbers; without an event, the status of its record, since when is then not known.
with latest as (
    select distinct on (dossier.dossier_code)
        dossier.dossier_code,
        event.status,
        event.occurred_at
    from {{ ref('stg_onestop__dossier_event') }} as event
    left join {{ ref('int_dossier_number') }} as number on event.dossier_code = number.former_code
    inner join {{ ref('int_dossier_deadline') }} as dossier
        on
            coalesce(number.dossier_code, event.dossier_code) = dossier.dossier_code
            and event.occurred_at <= dossier.judged_at
    order by dossier.dossier_code asc, event.occurred_at desc, event.status desc
)

select
    dossier.dossier_code,
    coalesce(latest.status, dossier.status) as status,
    latest.occurred_at as since
from {{ ref('int_dossier_deadline') }} as dossier
left join latest on dossier.dossier_code = latest.dossier_code
