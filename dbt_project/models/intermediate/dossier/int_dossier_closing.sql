-- The closing instants of a dossier, from the record and, where it is silent, from progress events.
-- Refused, stopped and withdrawn count only after reception.
select
    dossier_code,
    done_at,
    returned_at,
    closed_at
from {{ ref('int_dossier_state') }}
