{{ config(indexes=[
    {'columns': ['scope_key', 'is_provincial']},
    {'columns': ['unit_code', 'period_start', 'period_grain']},
]) }}

-- Which scope states each figure of a unit: the province's those of 1.1 to 1.3 (is_provincial), its own all others.
-- Figures are joined by scope_key and is_provincial.
-- depends_on: {{ ref('int_shown_scope_before') }}
select
    map.boundary,
    map.unit_code,
    map.root_code,
    map.data_origin,
    map.period_grain,
    map.period_start,
    stated.scope_code as stated_by,
    stated.is_provincial,
    {{ scope_key('stated.scope_code', 'map') }} as scope_key,
    scope.root_code as scope_root_code,
    scope.is_provisional
from {{ ref('int_boundary_scope') }} as map
cross join
    lateral (
        values (map.scope_code, false), (map.root_scope_code, true)
    ) as stated (scope_code, is_provincial)
left join {{ ref('int_scope_period') }} as scope
    on
        stated.scope_code = scope.unit_code
        and map.period_grain = scope.period_grain
        and map.period_start = scope.period_start
