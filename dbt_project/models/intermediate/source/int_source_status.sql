-- Per source and entity: the last attempt that was made and the last success. Stale: the last attempt
-- failed. A postponed reading asked nothing, and changes nothing here.
select distinct on (source_id, entity)
    source_id,
    entity,
    covers,
    precedence,
    data_origin,
    status as last_status,
    error_kind as last_error_kind,
    finished_at as last_attempt_at,
    max(finished_at) filter (where status in ('loaded', 'unchanged')) over (
        partition by source_id, entity
    ) as last_success_at,
    status in ('failed', 'blocked') as is_stale
from {{ ref('stg_audit__outcome') }}
where status <> 'postponed'
order by source_id asc, entity asc, outcome_id desc
