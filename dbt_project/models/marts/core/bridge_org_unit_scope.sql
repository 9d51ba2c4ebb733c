{{ config(materialized='view') }}

-- Which units each scope counts, for both boundaries: a unit counts itself and the units below it, a scope of today
-- those of its predecessors besides.
select
    ancestor_code::text as scope_code,
    unit_code::text as unit_code,
    distance::int as distance
from {{ ref('int_scope_closure') }}
