{{ config(
    materialized='incremental', incremental_strategy='append',
    on_schema_change='append_new_columns',
    pre_hook="{{ forget_affected(ref('int_processing_time_affected'), by_procedure=true) }}"
) }}

-- Indicator 2.2: how long a unit takes for a procedure, in the procedure's own unit of time, against
-- the procedure's maximum. Quantiles are interpolated between the two values beside their place.
with merged as (
    select
        closure.ancestor_code as unit_code,
        done.period_grain,
        done.period_start,
        done.procedure_code,
        done.processing_time,
        nullif(done.max_time, -1) as max_time,
        max(done.max_time_unit) as max_time_unit,
        sum(done.dossiers)::bigint as dossiers
    from {{ ref('int_processing_time_count') }} as done
    inner join {{ ref('int_as_was_closure') }} as closure
        on
            done.unit_code = closure.unit_code
            and done.period_grain = closure.period_grain
            and done.period_start = closure.period_start
    {{ of_affected('closure.ancestor_code', 'done', ref('int_processing_time_affected'), by_procedure=true) }}
    group by
        closure.ancestor_code, done.period_grain, done.period_start, done.procedure_code, done.processing_time,
        done.max_time
),

placed as (
    select
        merged.*,
        sum(merged.dossiers) over (cell order by merged.processing_time) as last_place,
        sum(merged.dossiers) over (cell) - 1 as steps
    from merged
    window cell as (partition by merged.unit_code, merged.period_grain, merged.period_start, merged.procedure_code)
),

summed as (
    select
        unit_code,
        period_grain,
        period_start,
        procedure_code,
        max(max_time_unit) as time_unit,
        sum(dossiers)::int as dossiers,
        sum(processing_time * dossiers) / sum(dossiers) as mean_time,
        {% for name, share in [('median', '0.5'), ('p90', '0.9')] %}
        min(processing_time) filter (where last_place > floor({{ share }} * steps))::double precision
            as {{ name }}_below,
        min(processing_time) filter (where last_place > ceil({{ share }} * steps))::double precision
            as {{ name }}_above,
        ({{ share }} * max(steps) % 1)::double precision as {{ name }}_part,
        {% endfor %}
        max(max_time) as maximum_time,
        coalesce(sum(dossiers) filter (where processing_time <= max_time), 0)::int as dossiers_within_maximum
    from placed
    group by unit_code, period_grain, period_start, procedure_code
),

timed as (
    select
        summed.*,
        (median_below + median_part * (median_above - median_below))::numeric as median_time,
        (p90_below + p90_part * (p90_above - p90_below))::numeric as p90_time
    from summed
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
