-- Supplement requests of a dossier, in order: the clock needs the first two.
select
    dossier_code,
    request_count::bigint as request_count,
    first_requested_at,
    first_completed_at,
    first_promised_before,
    second_requested_at
from {{ ref('int_dossier_record') }}
where request_count > 0
