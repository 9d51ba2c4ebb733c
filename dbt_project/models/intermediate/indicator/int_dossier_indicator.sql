-- Dossier indicators of all procedures together as numerator and denominator, one row per scope, period and indicator.
select
    dossiers.unit_code,
    dossiers.period_grain,
    dossiers.period_start,
    dossiers.procedure_code,
    measures.indicator_code,
    measures.numerator,
    measures.denominator
from {{ ref('int_dossier_count') }} as dossiers
cross join
    lateral (
        {{ dossier_indicator_values('dossiers') }}
    ) as measures (indicator_code, numerator, denominator)
where dossiers.procedure_code = '*'
