-- Which unit has authority over which procedure, the latest record of each version.
select distinct on (record.unit_code, record.procedure_code, record.valid_from)
    record.unit_code,
    record.procedure_code,
    record.valid_from,
    record.valid_to,
    record.raw_id
from {{ visible('unit_procedure_authority') }}
order by
    record.unit_code asc, record.procedure_code asc, record.valid_from asc, origin.precedence asc,
    record.raw_id desc
