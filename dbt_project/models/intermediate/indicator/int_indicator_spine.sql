-- What fct_indicator must hold for all procedures together: every unit, period and indicator, with whether
-- its inputs have a source.
select
    spine.unit_code,
    spine.period_grain,
    spine.period_start,
    spine.scope_key,
    indicator.code as indicator_code,
    spine.unit_type,
    spine.root_code,
    spine.is_provisional,
    coverage.has_inputs
from {{ ref('int_scope_period') }} as spine
cross join {{ ref('indicators') }} as indicator
inner join {{ ref('int_indicator_coverage') }} as coverage
    on indicator.code = coverage.indicator_code and spine.root_code = coverage.root_code
