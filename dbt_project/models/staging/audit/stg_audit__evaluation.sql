{{ config(materialized='table') }}

-- The instant at which the marts judge: supplied by the run, never read from the clock. A table of one row, so
-- that what is read beside the marts later is judged as they were, and queries over it can share out their work.
select
    evaluation_id,
    evaluated_at,
    run_id
from {{ source('audit', 'current_evaluation') }}
