-- The current record of each petition, whatever the order of arrival.
select distinct on (record.petition_id)
    record.petition_id,
    record.petition_no,
    record.unit_code,
    record.received_at,
    record.status,
    record.classification,
    record.dossier_code,
    record.predecessor_no,
    coalesce(record.likes, 0) as likes,
    coalesce(record.dislikes, 0) as dislikes,
    coalesce(record.timeline, '[]') as timeline,
    record.data_origin,
    record.raw_id
from {{ visible('petition') }}
order by record.petition_id asc, origin.precedence asc, record.version_at desc nulls last, record.row_hash desc
