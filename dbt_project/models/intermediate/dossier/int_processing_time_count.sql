-- How many dossiers took how long for 2.2, per their own unit, period and procedure: the distribution from which
-- means, medians and quantiles of any unit above follow exactly.
select
    unit_code,
    period_grain,
    period_start,
    procedure_code,
    max_time,
    max_time_unit,
    processing_time,
    count(*) as dossiers
from {{ ref('int_processing_time') }}
group by unit_code, period_grain, period_start, procedure_code, max_time, max_time_unit, processing_time
