-- Scopes and periods whose figures may differ from those of the last build: something is counted otherwise in them, the
-- period was not over then, or the scope is new. Empty in a full refresh, which computes all.
select
    {{ scope_key('closure.ancestor_code', 'changed') }} as scope_key,
    closure.ancestor_code as unit_code,
    changed.period_grain,
    changed.period_start
from {{ ref('int_cell_changed') }} as changed
inner join {{ ref('int_scope_closure') }} as closure on changed.unit_code = closure.unit_code
union
select
    moved.scope_key,
    moved.unit_code,
    moved.period_grain,
    moved.period_start
from {{ ref('int_scope_moved') }} as moved
