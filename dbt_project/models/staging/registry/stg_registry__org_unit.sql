-- Units as registered, the latest record of each version.
select distinct on (record.code, record.valid_from)
    record.code as unit_code,
    record.name as unit_name,
    record.type as unit_type,
    record.parent_code,
    record.portal_id,
    record.valid_from,
    record.valid_to,
    record.successor_code,
    record.data_origin
from {{ visible('org_unit') }}
order by record.code asc, record.valid_from asc, origin.precedence asc, record.raw_id desc
