{{ config(indexes=[{'columns': ['unit_code', 'period_start', 'period_grain']}, {'columns': ['dossier_code']}]) }}

-- Whether each petition is on time at E (5.1), and whether it satisfies (5.2).
with steps as (
    select
        petition_id,
        started_at,
        max(base_at) as base_at
    from {{ ref('int_petition_step') }}
    group by petition_id, started_at
),

successors as (
    select
        predecessor_no,
        min(received_at) as first_received_at
    from {{ ref('stg_petition__petition') }}
    where predecessor_no is not null
    group by predecessor_no
),

decided as (
    select
        petition.*,
        case petition.outcome
            when 'refused' then petition.refused_at
            when 'answered' then petition.answered_at
            when 'published' then petition.published_at
            when 'supplement_requested' then petition.supplement_requested_at
            else petition.judged_at
        end as step_at
    from {{ ref('int_petition_period') }} as petition
),

based as (
    select
        decided.*,
        case
            when decided.outcome = 'open' then decided.open_base_at
            else coalesce(step.base_at, decided.received_at)
        end as base_at,
        case decided.outcome
            when 'refused' then 'petition_refusal'
            when 'supplement_requested' then 'petition_supplement_request'
            when 'open' then 'petition_open'
            else 'petition_answer'
        end as limit_code
    from decided
    left join steps as step on decided.petition_id = step.petition_id and decided.step_at = step.started_at
),

judged as (
    select
        based.*,
        step_limit.day_after as due_on,
        publication_limit.day_after as publish_by,
        {{ local_date('based.step_at') }} <= step_limit.day_after
        and (
            based.outcome <> 'answered'
            or {{ local_date('coalesce(based.published_at, based.judged_at)') }} <= publication_limit.day_after
        ) as is_on_time,
        {{ local_date('based.step_at') }} <= step_limit.day_after as is_step_on_time
    from based
    inner join {{ ref('working_day_limits') }} as limits on based.limit_code = limits.limit_code
    inner join {{ ref('working_day_limits') }} as publication on publication.limit_code = 'petition_publication'
    left join {{ ref('int_working_day_offset') }} as step_limit
        on {{ local_date('based.base_at') }} = step_limit.day and limits.working_days = step_limit.working_days
    left join {{ ref('int_working_day_offset') }} as publication_limit
        on
            {{ local_date('based.answered_at') }} = publication_limit.day
            and publication.working_days = publication_limit.working_days
)

select
    judged.petition_id,
    judged.petition_no,
    judged.raw_id,
    judged.dossier_code,
    judged.unit_code,
    judged.period_grain,
    judged.period_start,
    judged.received_at,
    judged.outcome,
    judged.base_at,
    judged.step_at,
    judged.due_on,
    judged.published_at,
    case when judged.outcome = 'answered' then judged.publish_by end as publish_by,
    coalesce(judged.is_step_on_time, false) as is_step_on_time,
    coalesce(judged.is_on_time, false) as is_on_time,
    judged.likes,
    judged.dislikes,
    judged.dislikes > judged.likes as is_disliked,
    coalesce(successor.first_received_at <= judged.judged_at, false) as is_raised_again
from judged
left join successors as successor on judged.petition_no = successor.predecessor_no
