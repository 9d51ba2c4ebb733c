-- Dossiers received per unit and reporting period, the latest record of each.
select distinct on (record.unit_code, record.period_grain, record.period_start)
    record.unit_code,
    record.period_grain,
    record.period_start,
    record.received_total,
    record.raw_id
from {{ visible('portal_total') }}
order by
    record.unit_code asc, record.period_grain asc, record.period_start asc, origin.precedence asc,
    record.raw_id desc
