-- The figures that a unit's own cases enter, for each unit that a target binds: those of its level, of all
-- levels together, and its own.
select distinct
    scope.scope_code,
    member.unit_code as member_code,
    level.unit_level as member_level,
    figure.row_kind,
    figure.unit_code,
    figure.unit_level
from (
    select distinct scope_code
    from {{ ref('int_target') }}
    where is_scope_known
) as scope
inner join {{ ref('int_unit_closure') }} as member on scope.scope_code = member.ancestor_code
inner join {{ ref('int_unit_level') }} as level on member.unit_code = level.unit_code
cross join lateral (
    values
    ('level', scope.scope_code, level.unit_level),
    ('level', scope.scope_code, 'all'),
    ('unit', member.unit_code, level.unit_level)
) as figure (row_kind, unit_code, unit_level)
