-- The first receipt of each dossier in the national feed.
select
    record.dossier_code,
    min(record.synced_at) as synced_at
from {{ visible('sync_receipt') }}
group by record.dossier_code
