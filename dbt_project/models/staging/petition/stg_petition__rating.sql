-- Ratings of dossiers, distinct; of several sources the one that speaks for the dossier.
with rating as (
    select
        record.dossier_code,
        record.rated_at,
        record.rating,
        rank() over (partition by record.dossier_code order by origin.precedence) as place
    from {{ visible('rating') }}
)

select distinct
    dossier_code,
    rated_at,
    rating
from rating
where place = 1
