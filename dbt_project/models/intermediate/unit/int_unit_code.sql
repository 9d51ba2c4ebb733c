-- Every unit code that any record names, with all the codes above it: H47.18.5 implies H47.18 and H47.
with named as (
    select distinct
        unit_code,
        data_origin
    from {{ ref('int_dossier') }}
    where unit_code is not null
    union
    select distinct
        unit_code,
        data_origin
    from {{ ref('stg_petition__petition') }}
    where unit_code is not null
    union
    select distinct
        unit_code,
        data_origin
    from {{ ref('stg_registry__org_unit') }}
),

parts as (
    select
        named.data_origin,
        string_to_array(named.unit_code, '.') as code_parts
    from named
)

select distinct
    parts.data_origin,
    array_to_string(parts.code_parts[1:depth.n], '.') as unit_code,
    case when depth.n > 1 then array_to_string(parts.code_parts[1:depth.n - 1], '.') end as parent_code
from parts
cross join lateral generate_series(1, cardinality(parts.code_parts)) as depth (n)
