-- The current version of each dossier: the latest by source time, whatever the order of arrival;
-- of two with the same time, the one further on in its life, then by hash. Status 3 (not accepted)
-- is out of every indicator and stays here, marked.
select distinct on (dossier.dossier_code)
    dossier.*,
    coalesce(codes.is_excluded, false) as is_excluded
from {{ ref('stg_onestop__dossier') }} as dossier
left join {{ ref('status_codes') }} as codes on dossier.status = codes.code
order by
    dossier.dossier_code asc, dossier.version_at desc nulls last, dossier.status desc nulls last,
    dossier.row_hash desc
