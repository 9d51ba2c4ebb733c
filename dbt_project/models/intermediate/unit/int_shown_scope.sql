{{ config(indexes=[
    {'columns': ['stated_by', 'period_start', 'period_grain', 'is_provincial']},
    {'columns': ['unit_code', 'period_start', 'period_grain']},
]) }}

-- Which scope states each figure of a unit: the province's those of 1.1 to 1.3 (is_provincial), its own all others.
-- A table with an index: where the planner takes a figure's joins for few rows, it must not read this whole for each.
select
    map.boundary,
    map.unit_code,
    map.root_code,
    map.data_origin,
    map.period_grain,
    map.period_start,
    stated.scope_code as stated_by,
    stated.is_provincial
from {{ ref('int_boundary_scope') }} as map
cross join lateral (
    values (map.scope_code, false), (map.root_scope_code, true)
) as stated (scope_code, is_provincial)
