{{ config(indexes=[
    {'columns': ['scope_key', 'is_provincial']},
    {'columns': ['unit_code', 'period_start', 'period_grain']},
]) }}

-- Which scope states each figure of a unit: the province's those of 1.1 to 1.3 (is_provincial), its own all others.
-- Figures are joined by scope_key and is_provincial.
select
    map.boundary,
    map.unit_code,
    map.root_code,
    map.data_origin,
    map.period_grain,
    map.period_start,
    stated.scope_code as stated_by,
    stated.is_provincial,
    {{ scope_key('stated.scope_code', 'map') }} as scope_key
from {{ ref('int_boundary_scope') }} as map
cross join lateral (
    values (map.scope_code, false), (map.root_scope_code, true)
) as stated (scope_code, is_provincial)
