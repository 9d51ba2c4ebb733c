-- Receipts of dossiers in the national feed, every one.
select
    record.raw_id,
    record.batch_id,
    record.dossier_code,
    record.synced_at
from {{ visible('sync_receipt') }}
