-- One row per dossier and cut whose population it belongs to (docs/readings.md, «Clock»), with what each measure
-- asks of it, by what int_dossier_clock holds. entry_day: the day of the window on which it came in, -1 if it was
-- carried over; days outside campaigns are gathered in weeks. is_synced is of 1.4 alone, which is no measure by level.
with candidates as (
    select
        clock.*,
        cut.window_key,
        cut.window_start,
        cut.is_campaign,
        cut.starts_at,
        cut.cut_on,
        cut.is_final,
        cut.counts_procedures,
        cut.cut_at as instant,
        clock.received_at >= cut.starts_at as is_received,
        {{ ended_at('clock', 'cut.cut_at') }} as ended_at
    from {{ ref('int_dossier_clock') }} as clock
    inner join {{ ref('int_target_cut') }} as cut
        on split_part(clock.unit_code, '.', 1) = cut.root_code and clock.received_at <= cut.cut_at
),

population as (
    select
        candidates.*,
        {{ local_date('candidates.received_at') }} - candidates.window_start as day_received,
        {{ clock_end_at('candidates', 'candidates.ended_at', 'candidates.instant') }} as clock_end,
        {{ promised_at_instant('candidates', 'candidates.instant') }} as promised
    from candidates
    where candidates.is_received or candidates.ended_at is null or candidates.ended_at >= candidates.starts_at
),

supplemented as (
    select
        population.*,
        {{ supplement_until('population', 'population.clock_end', 'population.instant') }} as supplement_end
    from population
),

-- Working-day numbers are looked up only where the maximum decides: no promised instant.
numbered as (
    select
        supplemented.*,
        day_start.working_day_number as wd_start,
        day_end.working_day_number as wd_end,
        day_requested.working_day_number as wd_requested,
        day_completed.working_day_number as wd_completed
    from supplemented
    left join {{ ref('int_working_day') }} as day_start
        on supplemented.promised is null and {{ local_date('supplemented.received_at') }} = day_start.day
    left join {{ ref('int_working_day') }} as day_end
        on supplemented.promised is null and {{ local_date('supplemented.clock_end') }} = day_end.day
    left join {{ ref('int_working_day') }} as day_requested
        on
            supplemented.promised is null and supplemented.supplement_end is not null
            and {{ local_date('supplemented.first_requested_at') }} = day_requested.day
    left join {{ ref('int_working_day') }} as day_completed
        on supplemented.promised is null and {{ local_date('supplemented.supplement_end') }} = day_completed.day
),

judged as (
    select
        numbered.*,
        case
            when not numbered.is_received then -1
            when numbered.is_campaign then numbered.day_received
            else numbered.day_received - numbered.day_received % 7
        end as entry_day,
        {{ timeliness('numbered') }} as timeliness
    from numbered
)

select
    judged.dossier_code,
    judged.newest_code,
    judged.unit_code,
    judged.procedure_code,
    judged.window_key,
    judged.cut_on,
    judged.is_final,
    judged.counts_procedures,
    judged.entry_day,
    judged.is_received,
    judged.timeliness = 'on_time' as is_on_time,
    judged.timeliness <> 'deadline_unknown' as has_known_deadline,
    judged.is_online,
    judged.is_paid_online,
    judged.has_result_link,
    judged.has_component_file
    and (judged.has_result_link or not judged.is_paper_result_required) as is_digitised,
    judged.is_reused,
    judged.has_from_personal_store,
    judged.has_population_mark,
    judged.is_filed_on_portal and judged.has_positive_fee as is_portal_fee_dossier,
    judged.is_procedure_with_fee and not judged.has_only_zero_fees as is_fee_dossier,
    false as is_synced,
    coalesce(judged.first_complained_at <= judged.instant, false) as has_complaint
from judged
