-- Each dossier of a unit and period, per dossier indicator: whether it counts and why. The flags are
-- int_dossier_fact's, by the list that the counts use; the reason only names them.
select
    fact.unit_code,
    fact.period_grain,
    fact.period_start,
    measures.indicator_code,
    fact.dossier_code,
    fact.dossier_unit_code,
    fact.procedure_code,
    measures.is_in_denominator,
    measures.is_in_numerator,
    case measures.indicator_code
        when '1.4'
            then
                case
                    when not fact.is_received then 'carried_over'
                    when measures.is_in_numerator then 'synced'
                    when fact.is_ever_synced then 'synced_later'
                    else 'no_receipt'
                end
        when '2.1' then {{ progress_reason('fact', 'dossier') }}
        when '3.3'
            then
                case
                    when not fact.is_received then 'carried_over'
                    when measures.is_in_numerator then 'filed_online'
                    when dossier.channel = 3 then 'filed_by_post'
                    else 'filed_in_person'
                end
        when '3.6'
            then
                case
                    when measures.is_in_numerator then 'paid_online'
                    when measures.is_in_denominator then 'not_paid_online'
                    when procedure.procedure_code is null then 'procedure_unknown'
                    when not procedure.has_fee then 'procedure_without_fee'
                    else 'all_fees_zero'
                end
        when '4.1' then case when measures.is_in_numerator then 'result_link' else 'no_result_link' end
        when '4.2'
            then
                case
                    when measures.is_in_numerator then 'digitised'
                    when not dossier.has_component_file then 'no_component_file'
                    else 'no_link_of_paper_result'
                end
        when '4.3' then case when measures.is_in_numerator then 'reused' else 'not_reused' end
        when '4.4' then case when measures.is_in_numerator then 'personal_store' else 'no_personal_store' end
        when '4.6' then case when measures.is_in_numerator then 'population_mark' else 'no_population_mark' end
        when '5.3' then
            case
                when measures.is_in_numerator then 'on_time_without_complaint'
                when fact.is_on_time then 'complained'
                else {{ progress_reason('fact', 'dossier') }}
            end
    end as reason_code,
    case when measures.indicator_code in ('2.1', '5.3') then fact.late_by_seconds end as late_by_seconds,
    case when measures.indicator_code in ('2.1', '5.3') then fact.late_by_working_days end
        as late_by_working_days,
    dossier.received_at as started_at,
    case when measures.indicator_code in ('2.1', '5.3') then fact.promised end as due_at,
    case
        when measures.indicator_code in ('2.1', '5.3') then fact.clock_end
        when measures.indicator_code = '1.4' then dossier.synced_at
        else fact.ended_at
    end as ended_at,
    case when measures.indicator_code in ('2.1', '5.3') then extract(epoch from fact.supplement_time)::bigint end
        as supplement_seconds,
    dossier.status,
    dossier.raw_id
from {{ ref('int_dossier_fact') }} as fact
cross join
    lateral (
        {{ dossier_case_values() }}
    ) as measures (indicator_code, is_in_denominator, is_in_numerator)
inner join {{ ref('fct_dossier') }} as dossier on fact.dossier_code = dossier.dossier_code
left join {{ ref('stg_catalogue__procedure') }} as procedure on fact.procedure_code = procedure.procedure_code
