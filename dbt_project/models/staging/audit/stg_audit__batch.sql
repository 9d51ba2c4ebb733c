-- Accepted batches: which entity of which provinces has a source at all.
select
    batch_id,
    source_id,
    entity,
    covers,
    data_origin,
    rows_new,
    window_start,
    loaded_at,
    accepted_at
from {{ source('audit', 'batch') }}
where status = 'accepted'
