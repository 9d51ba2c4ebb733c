-- The evaluation that int_scored_indicator was computed at, read with it: its figures never show under a later one.
-- depends_on: {{ ref('int_scored_indicator') }}
select
    evaluation_id,
    evaluated_at
from {{ ref('stg_audit__evaluation') }}
