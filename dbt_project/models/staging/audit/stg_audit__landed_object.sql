-- When each landed object was last fetched: an answer that comes back after another one is the latest again.
select
    source_id,
    object_sha256,
    max(fetched_at) as last_fetched_at
from {{ source('audit', 'landed_object') }}
group by source_id, object_sha256
