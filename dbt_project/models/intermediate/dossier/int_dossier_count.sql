{{ config(
    materialized='incremental', incremental_strategy='append',
    indexes=[{'columns': ['unit_code', 'period_start', 'period_grain']}],
    pre_hook="{{ forget_affected() }}"
) }}

-- Dossier counts per scope with all below it, period and procedure ('*' = all procedures). Each grain
-- is counted from dossiers: periods are never summed from one another.
select
    closure.ancestor_code as unit_code,
    cell.period_grain,
    cell.period_start,
    cell.procedure_code,
    {{ summed_dossier_counts('cell') }}
from {{ ref('int_dossier_cell') }} as cell
inner join {{ ref('int_scope_closure') }} as closure on cell.unit_code = closure.unit_code
{{ of_affected('closure.ancestor_code', 'cell') }}
group by closure.ancestor_code, cell.period_grain, cell.period_start, cell.procedure_code
union all
select
    closure.ancestor_code as unit_code,
    whole.period_grain,
    whole.period_start,
    '*' as procedure_code,
    {{ summed_dossier_counts('whole') }}
from (
    select
        cell.unit_code,
        cell.period_grain,
        cell.period_start,
        {{ summed_dossier_counts('cell') }}
    from {{ ref('int_dossier_cell') }} as cell
    group by cell.unit_code, cell.period_grain, cell.period_start
) as whole
inner join {{ ref('int_scope_closure') }} as closure on whole.unit_code = closure.unit_code
{{ of_affected('closure.ancestor_code', 'whole') }}
group by closure.ancestor_code, whole.period_grain, whole.period_start
