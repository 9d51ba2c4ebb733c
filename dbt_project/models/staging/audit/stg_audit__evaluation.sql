-- The instant at which the marts judge: supplied by the run, never read from the clock.
select
    evaluation_id,
    evaluated_at,
    run_id
from {{ source('audit', 'current_evaluation') }}
