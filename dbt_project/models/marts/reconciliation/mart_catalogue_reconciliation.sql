-- Procedure catalogue of each province against the national database: which procedures only one of them
-- knows, and in which fields the others differ.
with authorities as (
    select
        split_part(unit_code, '.', 1) as root_code,
        procedure_code,
        count(distinct unit_code) as units
    from {{ ref('stg_catalogue__authority') }}
    group by split_part(unit_code, '.', 1), procedure_code
),

-- A dossier is received once, so years add up.
filed as (
    select
        unit_code as root_code,
        procedure_code,
        sum(received) as dossiers
    from {{ ref('int_dossier_count') }}
    where period_grain = 'year' and procedure_code <> '*'
    group by unit_code, procedure_code
)

select
    compared.unit_code,
    compared.procedure_code,
    compared.verdict,
    verdicts.name_vi as verdict_vi,
    verdicts.name_en as verdict_en,
    array_to_string(compared.differing_fields, ', ') as differing_fields,
    compared.here_name,
    compared.there_name,
    compared.here_source,
    compared.there_source,
    coalesce(authorities.units, 0)::bigint as units_with_authority,
    coalesce(filed.dossiers, 0)::bigint as dossiers,
    coalesce(compared.here_origin, compared.there_origin) as data_origin
from {{ ref('int_compared_procedure') }} as compared
inner join {{ ref('catalogue_verdicts') }} as verdicts on compared.verdict = verdicts.verdict
left join authorities
    on compared.unit_code = authorities.root_code and compared.procedure_code = authorities.procedure_code
left join filed on compared.unit_code = filed.root_code and compared.procedure_code = filed.procedure_code
