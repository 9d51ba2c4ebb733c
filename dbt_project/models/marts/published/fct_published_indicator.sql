-- What the portal published per unit, metric, period and procedure, every capture, digit for digit.
-- Metrics without an indicator (petition classes, channel sums, …) are facts of their own.
select
    metric.capture_id,
    unit.unit_code,
    metric.period_grain,
    metric.period_start,
    metric.procedure_code,
    metric.metric_code,
    metric.indicator_code,
    metric.endpoint,
    metric.numerator,
    metric.denominator,
    metric.ratio,
    metric.score,
    metric.max_score,
    metric.data_quality_status,
    metric.data_quality_message,
    metric.portal_unit_id,
    metric.captured_at,
    metric.source_id,
    metric.data_origin
from {{ ref('stg_portal__metric') }} as metric
inner join {{ ref('int_portal_unit') }} as unit on metric.portal_unit_id = unit.portal_unit_id
