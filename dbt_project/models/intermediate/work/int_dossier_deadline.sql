{{ config(indexes=[{'columns': ['reason_code', 'unit_code']}]) }}

-- Every open dossier whose clock can be judged: its deadline as an instant, and the working days from the end
-- of its clock to that deadline. The clock is int_dossier_present's; this only turns its rule round.
with open_dossiers as (
    select
        present.dossier_code,
        present.unit_code,
        present.procedure_code,
        present.status,
        present.received_at,
        present.judged_at,
        present.ended_at,
        present.clock_end,
        present.promised,
        present.supplement_time,
        present.timeliness,
        present.max_time,
        present.max_time_unit,
        clock.data_origin,
        {{ progress_reason('present', 'clock') }} as reason_code,
        present.clock_end < present.judged_at as is_waiting,
        case when present.supplement_time is not null then clock.first_requested_at end as requested_at
    from {{ ref('int_dossier_present') }} as present
    inner join {{ ref('int_dossier_clock') }} as clock on present.dossier_code = clock.dossier_code
    -- What is open is not settled, and those are found by an index.
    where not present.is_settled and present.ended_at is null and present.timeliness <> 'deadline_unknown'
),

-- A maximum in working days ends with the working day of this number.
last_days as (
    select
        dossier.dossier_code,
        started.working_day_number + floor(dossier.max_time)::int
        + coalesce(completed.working_day_number - requested.working_day_number, 0) as working_day_number
    from open_dossiers as dossier
    inner join {{ ref('int_working_day') }} as started on {{ local_date('dossier.received_at') }} = started.day
    left join {{ ref('int_working_day') }} as requested on {{ local_date('dossier.requested_at') }} = requested.day
    left join {{ ref('int_working_day') }} as completed
        on {{ local_date('(dossier.requested_at + dossier.supplement_time)') }} = completed.day
    where dossier.promised is null and dossier.max_time_unit = 'working_day'
),

due as (
    select
        dossier.*,
        case
            when dossier.timeliness = 'repeated_supplement' then null
            when dossier.promised is not null
                then dossier.promised + coalesce(dossier.supplement_time, interval '0')
            when dossier.max_time_unit = 'working_day' then {{ end_of_day('last_day.day') }}
            when dossier.max_time_unit = 'month'
                then
                    {{ maximum_months_end('dossier') }}
                    + coalesce(dossier.supplement_time, interval '0')
            when dossier.max_time_unit in ('hour', 'day')
                then
                    dossier.received_at + coalesce(dossier.supplement_time, interval '0')
                    + dossier.max_time::double precision
                    * case dossier.max_time_unit when 'hour' then interval '1 hour' else interval '24 hours' end
        end as due_at
    from open_dossiers as dossier
    left join last_days on dossier.dossier_code = last_days.dossier_code
    left join {{ ref('int_working_day') }} as last_day
        on last_days.working_day_number = last_day.working_day_number and last_day.is_working
)

select
    due.dossier_code,
    due.unit_code,
    due.procedure_code,
    due.status,
    due.received_at,
    due.judged_at,
    due.clock_end,
    due.timeliness,
    due.reason_code,
    due.is_waiting,
    due.due_at,
    due.data_origin,
    due_day.working_day_number - stopped_day.working_day_number as working_days_left,
    coalesce(due.supplement_time, interval '0')
    + case when due.is_waiting then due.judged_at - due.clock_end else interval '0' end as applicant_time
from due
left join {{ ref('int_working_day') }} as due_day on {{ local_date('due.due_at') }} = due_day.day
left join {{ ref('int_working_day') }} as stopped_day on {{ local_date('due.clock_end') }} = stopped_day.day
