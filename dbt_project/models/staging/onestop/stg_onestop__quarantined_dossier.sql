-- Dossiers of which a record stands in open quarantine: they came, and do not count. One row per dossier.
select distinct on (record.dossier_code)
    record.dossier_code,
    record.unit_code,
    record.received_at
from {{ source('raw', 'dossier') }} as record
inner join {{ source('audit', 'batch') }} as batch
    on record.batch_id = batch.batch_id and batch.status = 'accepted'
inner join {{ source('audit', 'quarantine') }} as held
    on record.raw_id = held.raw_id and held.entity = 'dossier' and held.state = 'open'
where record.dossier_code is not null
order by record.dossier_code asc, record.raw_id desc
