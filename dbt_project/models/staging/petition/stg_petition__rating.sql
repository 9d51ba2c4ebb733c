-- Ratings of dossiers, distinct.
select distinct
    record.dossier_code,
    record.rated_at,
    record.rating
from {{ visible('rating') }}
