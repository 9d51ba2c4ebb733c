-- Dossier indicators as numerator and denominator, one row per unit, period, procedure and indicator.
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
where
    dossiers.procedure_code = '*'
    or measures.indicator_code in (select grain.indicator_code from {{ ref('procedure_grain_indicators') }} as grain)
