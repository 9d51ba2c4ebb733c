-- Dossier counts per unit with all below it, period and procedure ('*' = all procedures). Each grain
-- is counted from dossiers: periods are never summed from one another.
select
    unit_code,
    period_grain,
    period_start,
    case when grouping(procedure_code) = 1 then '*' else coalesce(procedure_code, '') end as procedure_code,
    {{ dossier_counts() }}
from {{ ref('int_dossier_fact') }}
group by
    grouping sets (
        (unit_code, period_grain, period_start, procedure_code),
        (unit_code, period_grain, period_start)
    )
