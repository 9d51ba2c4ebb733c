-- One row per petition and period in which it was first received, with the steps known at E and the
-- instant from which each is counted.
with known as (
    select
        petition.petition_id,
        petition.raw_id,
        petition.dossier_code,
        petition.unit_code,
        petition.petition_no,
        petition.received_at,
        petition.likes,
        petition.dislikes,
        period.period_grain,
        period.period_start,
        period.judged_at,
        min(step.started_at) filter (where step.status in ('refused', 'returned')) as refused_at,
        min(step.started_at) filter (where step.status = 'answered') as answered_at,
        min(step.started_at) filter (where step.status = 'published') as published_at,
        min(step.started_at) filter (where step.status = 'supplement_requested') as supplement_requested_at,
        max(step.started_at) filter (where step.status in ('processing', 'supplemented')) as last_processed_at,
        coalesce(max(step.started_at) filter (where step.status = 'forwarded'), petition.received_at) as open_base_at
    from {{ ref('stg_petition__petition') }} as petition
    inner join {{ ref('int_period') }} as period
        on petition.received_at between period.starts_at and period.judged_at
    left join {{ ref('int_petition_step') }} as step
        on petition.petition_id = step.petition_id and step.started_at <= period.judged_at
    group by
        petition.petition_id, petition.raw_id, petition.dossier_code, petition.unit_code, petition.petition_no,
        petition.received_at, petition.likes, petition.dislikes,
        period.period_grain, period.period_start, period.judged_at
)

select
    known.*,
    case
        when known.refused_at is not null then 'refused'
        when known.answered_at is not null then 'answered'
        when known.published_at is not null then 'published'
        when
            known.supplement_requested_at is not null
            and coalesce(known.last_processed_at < known.supplement_requested_at, true)
            then 'supplement_requested'
        else 'open'
    end as outcome
from known
