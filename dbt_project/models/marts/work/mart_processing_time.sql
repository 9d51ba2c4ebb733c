-- Indicator 2.2: how long a unit takes for a procedure, in the procedure's own unit of time, against
-- the procedure's maximum.
with timed as (
    select
        closure.ancestor_code as unit_code,
        done.period_grain,
        done.period_start,
        done.procedure_code,
        max(done.max_time_unit) as time_unit,
        count(*)::int as dossiers,
        avg(done.processing_time)::numeric as mean_time,
        (percentile_cont(0.5) within group (order by done.processing_time))::numeric as median_time,
        (percentile_cont(0.9) within group (order by done.processing_time))::numeric as p90_time,
        max(done.max_time) as maximum_time,
        count(*) filter (where done.processing_time <= done.max_time)::int as dossiers_within_maximum
    from {{ ref('int_processing_time') }} as done
    inner join {{ ref('int_as_was_closure') }} as closure
        on
            done.unit_code = closure.unit_code
            and done.period_grain = closure.period_grain
            and done.period_start = closure.period_start
    group by closure.ancestor_code, done.period_grain, done.period_start, done.procedure_code
)

select
    unit_code,
    period_grain,
    period_start,
    procedure_code,
    time_unit,
    dossiers,
    round(mean_time, 4) as mean_time,
    round(median_time, 4) as median_time,
    round(p90_time, 4) as p90_time,
    maximum_time,
    round(mean_time / nullif(maximum_time, 0), 4) as mean_share_of_maximum,
    round(median_time / nullif(maximum_time, 0), 4) as median_share_of_maximum,
    round(p90_time / nullif(maximum_time, 0), 4) as p90_share_of_maximum,
    case when maximum_time is not null then dossiers_within_maximum end as dossiers_within_maximum,
    round(100 * case when maximum_time is not null then dossiers_within_maximum end::numeric / dossiers, 2)
        as share_within_maximum
from timed
