{{ config(indexes=[{'columns': ['procedure_code']}]) }}

-- Procedures as the national database states them, the latest version of each.
select
    procedure.procedure_code || '@' || coalesce(procedure.public_from::text, '') as procedure_key,
    procedure.procedure_code,
    procedure.procedure_name,
    procedure.is_public,
    procedure.publishing_unit_code,
    procedure.decision_no,
    procedure.levels,
    procedure.sector_code,
    procedure.subject_codes,
    citizen.procedure_code is not null as is_for_citizens,
    procedure.max_time,
    procedure.max_time_unit,
    procedure.has_fee,
    procedure.is_paper_result_required,
    procedure.public_from as valid_from,
    procedure.public_to as valid_to,
    procedure.data_origin
from {{ ref('stg_catalogue__procedure') }} as procedure
left join {{ ref('int_citizen_procedure') }} as citizen on procedure.procedure_code = citizen.procedure_code
