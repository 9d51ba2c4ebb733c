-- The way a record counts upward in a period, as_was: each unit with every unit that counts it, for lists of units
-- as they stood. A unit that had taken others over by the period's first day counts theirs too.
select
    closure.unit_code,
    shown.unit_code as ancestor_code,
    shown.period_grain,
    shown.period_start
from {{ ref('int_boundary_scope') }} as shown
inner join {{ ref('int_scope_closure') }} as closure on shown.scope_code = closure.ancestor_code
where shown.boundary = 'as_was'
