-- The current version of each dossier (int_dossier_record) with its nested lists, read from raw where asked for.
select
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
    coalesce(record.components, '[]') as components,
    coalesce(record.fees, '[]') as fees,
    coalesce(record.supplements, '[]') as supplements,
    coalesce(record.results, '[]') as results,
    dossier.is_excluded
from {{ ref('int_dossier_record') }} as dossier
-- An outer join by primary key: a query that asks for no list does not read raw.
left join {{ source('raw', 'dossier') }} as record on dossier.raw_id = record.raw_id
