-- Dossiers that were not accepted (status 3), per unit and the periods they came in: they count nowhere,
-- and an explanation says so.
select
    closure.ancestor_code as unit_code,
    period.period_grain,
    period.period_start,
    dossier.dossier_code,
    dossier.unit_code as dossier_unit_code,
    dossier.procedure_code,
    dossier.received_at,
    dossier.status,
    dossier.batch_id,
    dossier.raw_id
from {{ ref('fct_dossier') }} as dossier
inner join {{ ref('int_period') }} as period on dossier.received_at between period.starts_at and period.judged_at
inner join {{ ref('int_scope_closure') }} as closure on dossier.unit_code = closure.unit_code
where dossier.is_excluded
