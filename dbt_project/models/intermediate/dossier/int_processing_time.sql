-- Dossiers whose processing time counts for 2.2: status done or returned, ended by evaluated_at, per
-- scored period of their reception.
select
    present.dossier_code,
    present.unit_code,
    present.procedure_code,
    period.period_grain,
    period.period_start,
    present.max_time,
    present.max_time_unit,
    present.processing_time,
    present.newest_code
from {{ ref('int_dossier_state') }} as present
inner join {{ ref('int_period') }} as period
    on present.received_at between period.starts_at and period.judged_at
where present.status in (9, 10) and present.ended_at is not null and present.processing_time is not null
