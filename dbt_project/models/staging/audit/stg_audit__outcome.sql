-- Attempts to read an entity of a source, with the provinces that the source covers.
select
    outcome.outcome_id,
    outcome.source_id,
    outcome.entity,
    outcome.status,
    outcome.finished_at,
    outcome.error_kind,
    source.covers,
    source.data_origin,
    source.family
from {{ source('audit', 'outcome') }} as outcome
inner join {{ source('audit', 'source') }} as source on outcome.source_id = source.source_id
