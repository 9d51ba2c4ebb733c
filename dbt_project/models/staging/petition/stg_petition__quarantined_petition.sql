-- Petitions of which a record stands in open quarantine: they came, and do not count. One row per petition.
select distinct on (record.petition_id)
    record.petition_id,
    record.unit_code,
    record.received_at
from {{ source('raw', 'petition') }} as record
inner join {{ source('audit', 'batch') }} as batch
    on record.batch_id = batch.batch_id and batch.status = 'accepted'
inner join {{ source('audit', 'quarantine') }} as held
    on record.raw_id = held.raw_id and held.entity = 'petition' and held.state = 'open'
where record.petition_id is not null
order by record.petition_id asc, record.raw_id desc
