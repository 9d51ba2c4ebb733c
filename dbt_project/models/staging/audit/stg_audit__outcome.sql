-- Attempts to read an entity of a source, with the provinces that the source covers.
select
    outcome.outcome_id,
    outcome.run_id,
    outcome.source_id,
    outcome.entity,
    outcome.status,
    outcome.started_at,
    outcome.finished_at,
    {{ local_date('outcome.finished_at') }} as finished_on,
    outcome.window_start,
    outcome.window_end,
    outcome.rows_announced,
    outcome.rows_received,
    outcome.rows_new,
    outcome.bytes,
    outcome.completeness,
    outcome.error_kind,
    outcome.error_message,
    outcome.postponed_until,
    source.name as source_name,
    source.covers,
    source.data_origin,
    source.family,
    source.precedence
from {{ source('audit', 'outcome') }} as outcome
inner join {{ source('audit', 'source') }} as source on outcome.source_id = source.source_id
