-- What the portal published per unit and display group, every capture kept.
select
    record.raw_id,
    record.source_id,
    record.data_origin,
    record.capture_id,
    record.captured_at,
    record.endpoint,
    record.portal_unit_id,
    record.unit_code,
    record.unit_name,
    record.unit_type,
    record.root_unit_id,
    record.period_grain,
    record.period_start,
    coalesce(record.procedure_code, '*') as procedure_code,
    record.display_group,
    record.score,
    record.max_score,
    record.ratio,
    record.average_score,
    record.score_delta,
    record.parameters
from {{ visible('published_group') }}
