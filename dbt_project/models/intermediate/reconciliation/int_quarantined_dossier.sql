-- How many dossiers stand in open quarantine per unit and scope with all below it.
select
    closure.ancestor_code as unit_code,
    count(*) as dossiers
from {{ ref('stg_audit__quarantined_row') }} as held
inner join {{ ref('int_scope_closure') }} as closure on held.unit_code = closure.unit_code
where held.entity = 'dossier'
group by closure.ancestor_code
