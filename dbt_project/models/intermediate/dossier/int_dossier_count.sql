-- Dossier counts per unit with all below it, period and procedure ('*' = all procedures). Each grain
-- is counted from dossiers: periods are never summed from one another.
select
    closure.ancestor_code as unit_code,
    cell.period_grain,
    cell.period_start,
    case when grouping(cell.procedure_code) = 1 then '*' else coalesce(cell.procedure_code, '') end as procedure_code,
    {{ summed_dossier_counts('cell') }}
from {{ ref('int_dossier_cell') }} as cell
inner join {{ ref('int_scope_closure') }} as closure on cell.unit_code = closure.unit_code
group by
    grouping sets (
        (closure.ancestor_code, cell.period_grain, cell.period_start, cell.procedure_code),
        (closure.ancestor_code, cell.period_grain, cell.period_start)
    )
