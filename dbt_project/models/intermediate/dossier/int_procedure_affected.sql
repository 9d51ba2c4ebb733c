{{ config(indexes=[{'columns': ['scope_key', 'procedure_code']}]) }}

-- Procedures and scopes in which anything is counted otherwise than in the last build. Empty in a full refresh.
select distinct
    {{ scope_key('closure.ancestor_code', 'changed') }} as scope_key,
    closure.ancestor_code as unit_code,
    changed.period_grain,
    changed.period_start,
    changed.procedure_code
from {{ ref('int_cell_changed') }} as changed
inner join {{ ref('int_scope_closure') }} as closure on changed.unit_code = closure.unit_code
