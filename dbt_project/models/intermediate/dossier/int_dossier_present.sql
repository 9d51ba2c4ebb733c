-- Each dossier judged at evaluated_at: its clock as it stands now, and the time it took (2.2).
with present as (
    select
        clock.*,
        evaluation.evaluated_at as instant,
        {{ ended_at('clock', 'evaluation.evaluated_at') }} as ended_at
    from {{ ref('int_dossier_clock') }} as clock
    cross join {{ ref('stg_audit__evaluation') }} as evaluation
    where clock.received_at <= evaluation.evaluated_at
),

stopped as (
    select
        present.*,
        {{ clock_end_at('present', 'present.ended_at', 'present.instant') }} as clock_end,
        {{ promised_at_instant('present', 'present.instant') }} as promised
    from present
),

supplemented as (
    select
        stopped.*,
        {{ supplement_until('stopped', 'stopped.clock_end', 'stopped.instant') }} as supplement_end
    from stopped
),

numbered as (
    select
        supplemented.*,
        day_start.working_day_number as wd_start,
        day_end.working_day_number as wd_end,
        day_requested.working_day_number as wd_requested,
        day_completed.working_day_number as wd_completed
    from supplemented
    left join {{ ref('int_working_day') }} as day_start
        on {{ local_date('supplemented.received_at') }} = day_start.day
    left join {{ ref('int_working_day') }} as day_end
        on {{ local_date('supplemented.clock_end') }} = day_end.day
    left join {{ ref('int_working_day') }} as day_requested
        on
            supplemented.supplement_end is not null
            and {{ local_date('supplemented.first_requested_at') }} = day_requested.day
    left join {{ ref('int_working_day') }} as day_completed
        on {{ local_date('supplemented.supplement_end') }} = day_completed.day
)

select
    numbered.dossier_code,
    numbered.unit_code,
    numbered.procedure_code,
    numbered.status,
    numbered.received_at,
    numbered.instant as judged_at,
    numbered.ended_at,
    numbered.clock_end,
    numbered.promised,
    numbered.max_time,
    numbered.max_time_unit,
    numbered.supplement_end - numbered.first_requested_at as supplement_time,
    {{ timeliness('numbered') }} as timeliness,
    case numbered.max_time_unit
        when 'working_day'
            then numbered.wd_end - numbered.wd_start - coalesce(numbered.wd_completed - numbered.wd_requested, 0)
        when 'hour' then {{ elapsed_seconds('numbered') }} / 3600
        when 'day' then {{ elapsed_seconds('numbered') }} / 86400
        when 'month' then {{ elapsed_seconds('numbered') }} / (86400 * 30)
    end as processing_time
from numbered
