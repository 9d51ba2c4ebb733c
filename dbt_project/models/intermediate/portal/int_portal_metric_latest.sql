-- The latest capture of each published metric: what the portal says now.
select distinct on (unit.unit_code, metric.period_grain, metric.period_start, metric.procedure_code, metric.metric_code)
    unit.unit_code,
    metric.period_grain,
    metric.period_start,
    metric.procedure_code,
    metric.metric_code,
    metric.indicator_code,
    metric.numerator,
    metric.denominator,
    metric.ratio,
    metric.score,
    metric.max_score,
    metric.captured_at
from {{ ref('stg_portal__metric') }} as metric
inner join {{ ref('int_portal_unit') }} as unit on metric.portal_unit_id = unit.portal_unit_id
inner join {{ ref('stg_audit__landed_object') }} as landed
    on metric.source_id = landed.source_id and metric.object_sha256 = landed.object_sha256
order by
    unit.unit_code asc, metric.period_grain asc, metric.period_start asc, metric.procedure_code asc,
    metric.metric_code asc, landed.last_fetched_at desc, metric.raw_id desc
