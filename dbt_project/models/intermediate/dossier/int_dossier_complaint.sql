-- The first instant at which a citizen was shown to be dissatisfied with a dossier: a petition that
-- names it, or a rating «Không hài lòng».
with complaints as (
    select
        dossier_code,
        received_at as complained_at
    from {{ ref('stg_petition__petition') }}
    where dossier_code is not null
    union all
    select
        dossier_code,
        rated_at as complained_at
    from {{ ref('stg_petition__rating') }}
    where rating = 'dissatisfied'
)

select
    dossier_code,
    min(complained_at) as first_complained_at
from complaints
group by dossier_code
