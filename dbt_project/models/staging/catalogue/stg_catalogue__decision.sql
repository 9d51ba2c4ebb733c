-- Announcement decisions, the latest record of each.
select distinct on (record.unit_code, record.decision_no)
    record.unit_code,
    record.decision_no,
    record.decided_on,
    record.kind,
    coalesce(record.is_local, false) as is_local,
    record.legal_effect_on,
    coalesce(record.procedures, '[]') as procedures,
    record.raw_id
from {{ visible('decision') }}
order by record.unit_code asc, record.decision_no asc, origin.precedence asc, record.raw_id desc
