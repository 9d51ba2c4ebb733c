-- The steps of each petition, in order of their start, with the instant its clock started: the last
-- forwarding at or before the step, else the first reception.
with steps as (
    select
        petition.petition_id,
        petition.received_at,
        step ->> 'status' as status,
        (step ->> 'started_at')::timestamptz as started_at
    from {{ ref('stg_petition__petition') }} as petition
    cross join lateral jsonb_array_elements(petition.timeline) as step
)

select
    steps.petition_id,
    steps.status,
    steps.started_at,
    coalesce(
        max(steps.started_at) filter (where steps.status = 'forwarded') over (
            partition by steps.petition_id
            order by steps.started_at
            range between unbounded preceding and current row
        ),
        steps.received_at
    ) as base_at
from steps
where steps.started_at is not null
