-- Procedures behind 3.1, 3.4, 3.5 and 4.5, in the columns of mart_indicator_case.
select
    procedure.unit_code,
    measures.indicator_code,
    procedure.period_grain,
    procedure.period_start,
    'procedure' as case_kind,
    procedure.procedure_code as case_code,
    null as case_unit_code,
    procedure.procedure_code,
    measures.is_in_denominator,
    measures.is_in_numerator,
    (measures.is_in_denominator)::int::numeric as denominator_part,
    (measures.is_in_numerator)::int::numeric as numerator_part,
    measures.reason_code,
    null as late_by_seconds,
    null as late_by_working_days,
    null as started_at,
    null as due_at,
    null as ended_at,
    jsonb_build_object('dossiers', procedure.dossiers, 'received', procedure.dossiers_received) as detail,
    'unit_procedure_authority' as entity,
    procedure.raw_id
from {{ ref('int_procedure_case') }} as procedure
cross join
    lateral (
        values
        (
            '3.1', true, procedure.is_offered_online,
            case
                when procedure.is_offered_online then 'offered_online'
                when procedure.has_service then 'service_for_information_only'
                else 'no_service'
            end
        ),
        (
            '3.4', procedure.is_fee_procedure, procedure.is_paid_online,
            case
                when procedure.is_paid_online then 'has_online_payment'
                when procedure.is_fee_procedure and procedure.dossiers = 0 then 'no_dossier'
                when procedure.is_fee_procedure then 'no_online_payment'
                when procedure.is_in_catalogue then 'procedure_without_fee'
                else 'procedure_unknown'
            end
        ),
        (
            '3.5', procedure.is_fee_procedure, procedure.is_integrated,
            case
                when procedure.is_integrated then 'has_fee_dossier_on_portal'
                when procedure.is_fee_procedure and procedure.dossiers_received = 0 then 'no_dossier_received'
                when procedure.is_fee_procedure then 'no_fee_dossier_on_portal'
                when procedure.is_in_catalogue then 'procedure_without_fee'
                else 'procedure_unknown'
            end
        ),
        (
            '4.5', procedure.is_citizen_procedure, procedure.is_connected,
            case
                when procedure.is_connected then 'has_population_mark'
                when procedure.is_citizen_procedure and procedure.dossiers = 0 then 'no_dossier'
                when procedure.is_citizen_procedure then 'no_dossier_with_mark'
                when procedure.is_in_catalogue then 'not_for_citizens'
                else 'procedure_unknown'
            end
        )
    ) as measures (indicator_code, is_in_denominator, is_in_numerator, reason_code)
