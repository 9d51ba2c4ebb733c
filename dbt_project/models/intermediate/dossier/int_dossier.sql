-- The current version of each dossier: of several sources that hold it, from the one that speaks (lowest
-- precedence); there under its newest number, the latest by source time, whatever the order of arrival; of
-- two with the same time, the one further on in its life, then by hash. Status 3 (not accepted) is out of
-- every indicator and stays here, marked.
select distinct on (coalesce(number.dossier_code, dossier.dossier_code))
    dossier.raw_id,
    dossier.batch_id,
    dossier.source_id,
    dossier.data_origin,
    dossier.row_hash,
    dossier.version_at,
    dossier.dossier_code,
    dossier.unit_code,
    dossier.procedure_code,
    dossier.sector_code,
    dossier.channel,
    dossier.applicant_type,
    dossier.database_codes,
    dossier.submitted_at,
    dossier.received_at,
    dossier.promised_at,
    dossier.finished_at,
    dossier.returned_at,
    dossier.refused_at,
    dossier.status,
    dossier.filed_at_place,
    dossier.has_digitised_component,
    dossier.is_vneid_verified,
    dossier.payment_flag,
    dossier.components,
    dossier.fees,
    dossier.supplements,
    dossier.results,
    coalesce(codes.is_excluded, false) as is_excluded
from {{ ref('stg_onestop__dossier') }} as dossier
left join {{ ref('int_dossier_number') }} as number on dossier.dossier_code = number.former_code
left join {{ ref('status_codes') }} as codes on dossier.status = codes.code
order by
    coalesce(number.dossier_code, dossier.dossier_code) asc, dossier.source_precedence asc,
    number.steps asc nulls first, dossier.version_at desc nulls last, dossier.status desc nulls last,
    dossier.row_hash desc
