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
    coalesce(number.dossier_code, complaints.dossier_code) as dossier_code,
    min(complaints.complained_at) as first_complained_at
from complaints
left join {{ ref('int_dossier_number') }} as number on complaints.dossier_code = number.former_code
group by coalesce(number.dossier_code, complaints.dossier_code)
