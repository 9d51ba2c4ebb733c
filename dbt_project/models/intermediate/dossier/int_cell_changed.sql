-- Units' own periods and procedures in which anything is counted otherwise than in the last build. Empty in a full
-- refresh.
select
    unit_code,
    period_grain,
    period_start,
    procedure_code,
    'int_dossier_cell' as counted_in
from {{ ref('int_dossier_cell_changed') }}
group by unit_code, period_grain, period_start, procedure_code
union all
select
    unit_code,
    period_grain,
    period_start,
    procedure_code,
    'int_processing_time_count' as counted_in
from {{ ref('int_processing_time_changed') }}
group by unit_code, period_grain, period_start, procedure_code
