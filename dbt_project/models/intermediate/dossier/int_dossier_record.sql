{{ config(
    materialized='incremental', incremental_strategy='append',
    indexes=[{'columns': ['newest_code'], 'unique': true}],
    pre_hook="{% if is_incremental() %}delete from {{ this }} where newest_code = any(array(select newest_code from {{ ref('int_dossier_affected') }} where is_changed)){% endif %}"
) }}

-- The current version of each dossier (int_dossier_newest), with what its nested lists say as plain facts.
-- Status 3 (not accepted) is out of every indicator and stays here, marked. The lists themselves stay in raw.
-- depends_on: {{ ref('int_dossier_affected') }}
select
    dossier.raw_id,
    dossier.batch_id,
    dossier.source_id,
    dossier.data_origin,
    dossier.row_hash,
    dossier.version_at,
    dossier.dossier_code,
    chosen.newest_code,
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
    coalesce(codes.is_excluded, false) as is_excluded,
    {{ dossier_marks('dossier') }},
    supplement.request_count::int as request_count,
    supplement.first_requested_at,
    supplement.first_completed_at,
    supplement.first_promised_before,
    supplement.second_requested_at
from {{ ref('stg_onestop__dossier') }} as dossier
inner join {{ ref('int_dossier_newest') }} as chosen on dossier.raw_id = chosen.raw_id
left join {{ ref('status_codes') }} as codes on dossier.status = codes.code
cross join lateral ({{ supplement_requests('dossier') }}) as supplement
{% if is_incremental() %}
-- Said again as a condition: so the few rows of raw are found by their key.
where dossier.raw_id = any(array(select newest.raw_id from {{ ref('int_dossier_newest') }} as newest))
{% endif %}
