-- Petition indicators as numerator and denominator.
select
    petitions.unit_code,
    petitions.period_grain,
    petitions.period_start,
    '*' as procedure_code,
    measures.indicator_code,
    measures.numerator,
    measures.denominator
from {{ ref('int_petition_count') }} as petitions
cross join
    lateral (
        values
        ('5.1', petitions.on_time, petitions.petitions),
        ('5.2', petitions.satisfied, petitions.petitions)
    ) as measures (indicator_code, numerator, denominator)
