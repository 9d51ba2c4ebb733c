-- What fct_indicator must hold: every unit, period and indicator for all procedures, and the procedure
-- grain wherever records exist; with whether its inputs have a source.
with grains as (
    select
        spine.unit_code,
        spine.period_grain,
        spine.period_start,
        '*' as procedure_code,
        indicator.code as indicator_code
    from {{ ref('int_scope_period') }} as spine
    cross join {{ ref('indicators') }} as indicator
    union all
    select
        unit_code,
        period_grain,
        period_start,
        procedure_code,
        indicator_code
    from {{ ref('int_indicator_value') }}
    where procedure_code <> '*'
)

select
    grains.unit_code,
    grains.period_grain,
    grains.period_start,
    grains.procedure_code,
    grains.indicator_code,
    spine.unit_type,
    spine.root_code,
    spine.data_origin,
    spine.is_provisional,
    spine.evaluated_at,
    spine.judged_at,
    coverage.has_inputs
from grains
inner join {{ ref('int_scope_period') }} as spine
    on
        grains.unit_code = spine.unit_code
        and grains.period_grain = spine.period_grain
        and grains.period_start = spine.period_start
inner join {{ ref('int_indicator_coverage') }} as coverage
    on grains.indicator_code = coverage.indicator_code and spine.root_code = coverage.root_code
