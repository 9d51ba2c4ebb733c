-- Online services, the latest record of each version.
select distinct on (record.service_code, record.valid_from)
    record.service_code,
    record.procedure_code,
    record.level,
    record.state,
    coalesce(record.applied_units, '{}') as applied_units,
    record.valid_from,
    record.valid_to,
    record.raw_id
from {{ visible('service') }}
order by record.service_code asc, record.valid_from asc, origin.precedence asc, record.raw_id desc
