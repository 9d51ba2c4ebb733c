-- Supplement requests of a dossier, in order: the clock needs the first two.
with requests as (
    select
        dossier.dossier_code,
        (request ->> 'requested_at')::timestamptz as requested_at,
        (request ->> 'completed_at')::timestamptz as completed_at,
        (request ->> 'promised_before')::timestamptz as promised_before
    from {{ ref('int_dossier') }} as dossier
    cross join lateral jsonb_array_elements(dossier.supplements) as request
),

numbered as (
    select
        *,
        row_number() over (
            partition by dossier_code order by requested_at asc, completed_at asc nulls last
        ) as request_number
    from requests
    where requested_at is not null
)

select
    dossier_code,
    count(*) as request_count,
    min(requested_at) filter (where request_number = 1) as first_requested_at,
    min(completed_at) filter (where request_number = 1) as first_completed_at,
    min(promised_before) filter (where request_number = 1) as first_promised_before,
    min(requested_at) filter (where request_number = 2) as second_requested_at
from numbered
group by dossier_code
