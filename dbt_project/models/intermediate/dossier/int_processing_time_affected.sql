-- Units as they stood, periods and procedures in whose processing times anything changed since the last build. Empty in
-- a full refresh.
select
    closure.ancestor_code as unit_code,
    changed.period_grain,
    changed.period_start,
    changed.procedure_code
from {{ ref('int_cell_changed') }} as changed
inner join {{ ref('int_as_was_closure') }} as closure
    on
        changed.unit_code = closure.unit_code
        and changed.period_grain = closure.period_grain
        and changed.period_start = closure.period_start
where changed.counted_in = 'int_processing_time_count'
group by closure.ancestor_code, changed.period_grain, changed.period_start, changed.procedure_code
