-- Parts present in a published procedure, the latest record of each.
select distinct on (record.unit_code, record.procedure_code, record.part, record.valid_from)
    record.unit_code,
    record.procedure_code,
    record.part,
    record.valid_from,
    record.valid_to
from {{ visible('procedure_part') }}
order by
    record.unit_code asc, record.procedure_code asc, record.part asc, record.valid_from asc,
    origin.precedence asc, record.raw_id desc
