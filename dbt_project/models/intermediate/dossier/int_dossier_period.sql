-- One row per dossier and period whose population P it belongs to, judged at E of that period.
-- R: received in the period. P: R, plus received before it and not ended before it.
with candidates as (
    select
        clock.*,
        period.period_grain,
        period.period_start,
        period.starts_at,
        period.judged_at as instant,
        clock.received_at >= period.starts_at as is_received,
        {{ ended_at('clock', 'period.judged_at') }} as ended_at
    from {{ ref('int_dossier_clock') }} as clock
    inner join {{ ref('int_period') }} as period on clock.received_at <= period.judged_at
),

population as (
    select
        candidates.*,
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
)

select
    numbered.dossier_code,
    numbered.unit_code,
    numbered.procedure_code,
    numbered.period_grain,
    numbered.period_start,
    numbered.instant as judged_at,
    numbered.is_received,
    numbered.ended_at,
    numbered.clock_end,
    numbered.promised,
    numbered.supplement_end - numbered.first_requested_at as supplement_time,
    {{ timeliness('numbered') }} as timeliness,
    {{ late_by_seconds('numbered') }} as late_by_seconds,
    {{ late_by_working_days('numbered') }} as late_by_working_days
from numbered
