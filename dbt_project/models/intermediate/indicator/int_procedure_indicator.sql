-- Procedure indicators as numerator and denominator.
select
    procedures.unit_code,
    procedures.period_grain,
    procedures.period_start,
    '*' as procedure_code,
    measures.indicator_code,
    measures.numerator,
    measures.denominator
from {{ ref('int_procedure_count') }} as procedures
cross join
    lateral (
        values
        ('3.1', procedures.offered_online, procedures.under_authority),
        ('3.4', procedures.fee_procedures_paid_online, procedures.fee_procedures),
        ('3.5', procedures.fee_procedures_integrated, procedures.fee_procedures),
        ('4.5', procedures.citizen_procedures_connected, procedures.citizen_procedures)
    ) as measures (indicator_code, numerator, denominator)
union all
select
    unit_code,
    period_grain,
    period_start,
    procedure_code,
    '3.2' as indicator_code,
    services_with_dossiers as numerator,
    services as denominator
from {{ ref('int_service_count') }}
where procedure_code = '*'
