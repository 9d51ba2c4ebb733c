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
    inner join {{ ref('int_period') }} as period
        on
            -- Received in the period, or before it and not closed, whichever way, before it began. Of one unit both go
            -- through the index of int_dossier_state: what a period leaves out is not read.
            (clock.received_at >= period.starts_at and clock.received_at <= period.judged_at)
            or (clock.received_at < period.starts_at and {{ counted_until('clock.') }} >= period.starts_at)
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

-- Working-day numbers are looked up only where a maximum of working days decides: no promised instant.
numbered as (
    select
        supplemented.*,
        {{ working_day_numbers() }}
    from supplemented
    {{ join_working_days(
        'supplemented', "supplemented.promised is null and supplemented.max_time_unit = 'working_day'"
    ) }}
)

select
    numbered.dossier_code,
    numbered.unit_code,
    numbered.procedure_code,
    numbered.period_grain,
    numbered.period_start,
    numbered.instant as judged_at,
    numbered.is_received,
    numbered.status,
    numbered.channel,
    numbered.received_at,
    numbered.done_at,
    numbered.returned_at,
    numbered.closed_at,
    numbered.ended_at,
    numbered.clock_end,
    numbered.promised,
    numbered.supplement_end - numbered.first_requested_at as supplement_time,
    {{ timeliness('numbered') }} as timeliness,
    {{ late_by_seconds('numbered') }} as late_by_seconds,
    {{ late_by_working_days('numbered') }} as late_by_working_days,
    numbered.synced_at,
    numbered.first_complained_at,
    numbered.newest_code,
    numbered.batch_id,
    numbered.raw_id,
    numbered.is_procedure_with_fee,
    numbered.is_paper_result_required,
    {{ dossier_mark_columns('numbered') }}
from numbered
