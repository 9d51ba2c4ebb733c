-- Indicator 2.2: how long a unit takes for a procedure, in the procedure's own unit of time, against
-- the procedure's maximum.
select
    closure.ancestor_code as unit_code,
    done.period_grain,
    done.period_start,
    done.procedure_code,
    max(done.max_time_unit) as time_unit,
    count(*)::int as dossiers,
    round(avg(done.processing_time)::numeric, 4) as mean_time,
    round((percentile_cont(0.5) within group (order by done.processing_time))::numeric, 4) as median_time,
    round((percentile_cont(0.9) within group (order by done.processing_time))::numeric, 4) as p90_time,
    max(done.max_time) as maximum_time,
    round(avg(done.processing_time)::numeric / nullif(max(done.max_time), 0), 4) as mean_share_of_maximum
from {{ ref('int_processing_time') }} as done
inner join {{ ref('int_unit_closure') }} as closure on done.unit_code = closure.unit_code
group by closure.ancestor_code, done.period_grain, done.period_start, done.procedure_code
