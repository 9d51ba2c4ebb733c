{{ config(indexes=[{'columns': ['unit_code']}]) }}
-- Open dossiers that are late, or will be within the widest window of working days; and those whose clock
-- stands still for the applicant with as little left. Who holds each: the step, never a person.
with watches as (
    select working_days
    from {{ ref('working_day_limits') }}
    where limit_code like 'late_watch_%'
),

listed as (
    select
        deadline.*,
        deadline.timeliness <> 'on_time' as is_late,
        (
            select min(watches.working_days) from watches
            where watches.working_days >= deadline.working_days_left)
            as within_working_days
    from {{ ref('int_dossier_deadline') }} as deadline
    where
        deadline.timeliness <> 'on_time'
        or deadline.working_days_left <= (select max(watches.working_days) from watches)
)

select
    listed.dossier_code,
    listed.unit_code,
    split_part(listed.unit_code, '.', 1) as province_code,
    listed.procedure_code,
    case when listed.is_late then 'late' when listed.is_waiting then 'waiting' else 'due_soon' end as lateness,
    case when not listed.is_late then listed.within_working_days end::int as within_working_days,
    listed.reason_code,
    listed.received_at,
    listed.due_at,
    listed.working_days_left::int as working_days_left,
    case when listed.is_waiting then 'applicant' else 'agency' end as time_of,
    extract(epoch from listed.applicant_time)::bigint as applicant_seconds,
    step.status as step_status,
    step.since as step_since,
    holder.holder as step_holder,
    holder.name_vi as step_name_vi,
    holder.name_en as step_name_en,
    listed.judged_at as evaluated_at,
    listed.data_origin
from listed
inner join {{ ref('int_dossier_step') }} as step on listed.dossier_code = step.dossier_code
left join {{ ref('step_holders') }} as holder on step.status = holder.status
