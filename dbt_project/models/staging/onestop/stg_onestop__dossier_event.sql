-- Progress events; identity is (dossier, time, status, hash of the content).
select distinct
    record.dossier_code,
    record.occurred_at,
    record.status,
    record.content_hash
from {{ visible('dossier_event') }}
