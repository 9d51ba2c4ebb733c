-- Electronic certified copies, distinct; raw_id: the first record of each.
select
    record.dossier_code,
    record.unit_code,
    record.issued_at,
    coalesce(record.is_electronic, false) as is_electronic,
    min(record.raw_id) as raw_id
from {{ visible('certified_copy') }}
group by record.dossier_code, record.unit_code, record.issued_at, coalesce(record.is_electronic, false)
