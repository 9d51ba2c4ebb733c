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
        when '2.1' then {{ progress_reason('fact', 'fact') }}
        when '3.3'
            then
                case
                    when not fact.is_received then 'carried_over'
                    when measures.is_in_numerator then 'filed_online'
                    when fact.channel = 3 then 'filed_by_post'
                    else 'filed_in_person'
                end
        when '3.6'
            then
                case
                    when measures.is_in_numerator then 'paid_online'
                    when measures.is_in_denominator then 'not_paid_online'
                    when fact.is_procedure_with_fee then 'all_fees_zero'
                    when
                        fact.procedure_code in (
                            select known.procedure_code from {{ ref('stg_catalogue__procedure') }} as known
                        )
                        then 'procedure_without_fee'
                    else 'procedure_unknown'
                end
        when '4.1' then case when measures.is_in_numerator then 'result_link' else 'no_result_link' end
        when '4.2'
            then
                case
                    when measures.is_in_numerator then 'digitised'
                    when not fact.has_component_file then 'no_component_file'
                    else 'no_link_of_paper_result'
                end
        when '4.3' then case when measures.is_in_numerator then 'reused' else 'not_reused' end
        when '4.4' then case when measures.is_in_numerator then 'personal_store' else 'no_personal_store' end
        when '4.6' then case when measures.is_in_numerator then 'population_mark' else 'no_population_mark' end
        when '5.3' then
            case
                when measures.is_in_numerator then 'on_time_without_complaint'
                when fact.is_on_time then 'complained'
                else {{ progress_reason('fact', 'fact') }}
            end
    end as reason_code,
    case when measures.indicator_code in ('2.1', '5.3') then fact.late_by_seconds end as late_by_seconds,
    case when measures.indicator_code in ('2.1', '5.3') then fact.late_by_working_days end
        as late_by_working_days,
    fact.received_at as started_at,
    case when measures.indicator_code in ('2.1', '5.3') then fact.promised end as due_at,
    case
        when measures.indicator_code in ('2.1', '5.3') then fact.clock_end
        when measures.indicator_code = '1.4' then fact.synced_at
        else fact.ended_at
    end as ended_at,
    case when measures.indicator_code in ('2.1', '5.3') then extract(epoch from fact.supplement_time)::bigint end
        as supplement_seconds,
    fact.status,
    fact.batch_id,
    fact.raw_id
from {{ ref('int_dossier_fact') }} as fact
-- The codes apart from what a dossier says to each: of one that is asked for, nine others are not thought out.
cross join (values {{ dossier_case_codes() }}) as indicator (indicator_code)
cross join
    lateral (
        select
            indicator.indicator_code,
            {{ dossier_case_measure('population') }} as is_in_denominator,
            {{ dossier_case_measure('counted') }} as is_in_numerator
    ) as measures
