-- Electronic certified copies, distinct.
select distinct
    record.dossier_code,
    record.unit_code,
    record.issued_at,
    coalesce(record.is_electronic, false) as is_electronic
from {{ visible('certified_copy') }}
