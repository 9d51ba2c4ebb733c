-- Measures that no record supplies, as units state them: the latest statement of each unit, level, measure,
-- beginning and cut-off day. unit_level '': the unit itself, whatever its level.
select distinct on (
    record.unit_code, coalesce(record.unit_level, ''), record.measure_code, record.period_start, record.period_end
)
    record.unit_code,
    coalesce(record.unit_level, '') as unit_level,
    record.measure_code,
    record.period_start,
    record.period_end,
    record.numerator,
    record.denominator,
    record.document_no,
    record.data_origin,
    record.raw_id
from {{ visible('stated_measure') }}
order by
    record.unit_code asc, coalesce(record.unit_level, '') asc, record.measure_code asc, record.period_start asc,
    record.period_end asc, origin.precedence asc, record.raw_id desc
