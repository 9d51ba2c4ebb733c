-- The latest record of each procedure.
select distinct on (record.procedure_code)
    record.procedure_code,
    record.name as procedure_name,
    record.is_public,
    record.publishing_unit_code,
    record.decision_no,
    record.levels,
    record.sector_code,
    coalesce(record.subject_codes, '{}') as subject_codes,
    record.max_time,
    record.max_time_unit,
    coalesce(record.has_fee, false) as has_fee,
    coalesce(record.paper_result_required, false) as is_paper_result_required,
    {{ local_date('record.public_from') }} as public_from,
    {{ local_date('record.public_to') }} as public_to,
    record.data_origin,
    record.raw_id
from {{ visible('procedure') }}
order by record.procedure_code asc, origin.precedence asc, record.raw_id desc
