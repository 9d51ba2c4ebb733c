-- The latest record of each procedure as each source states it.
select distinct on (record.source_id, record.procedure_code)
    record.source_id,
    origin.family,
    origin.precedence as source_precedence,
    batch.covers,
    record.procedure_code,
    record.name as procedure_name,
    record.is_public,
    record.decision_no,
    record.levels,
    record.max_time,
    record.max_time_unit,
    case when record.max_time is not null then record.has_fee end as has_fee,
    {{ local_date('record.public_from') }} as public_from,
    record.data_origin
from {{ visible('procedure') }}
order by record.source_id asc, record.procedure_code asc, record.raw_id desc
