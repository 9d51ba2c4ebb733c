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

-- A unit that took over from one that has records is scored as it is today, records of its own or not.
heirs as (
    select
        named.unit_code,
        named.data_origin
    from named
    union
    select
        heritage.unit_code,
        named.data_origin
    from named
    inner join {{ ref('int_unit_heritage') }} as heritage
        on heritage.predecessor_code in (named.unit_code, split_part(named.unit_code, '.', 1))
),

parts as (
    select
        heirs.data_origin,
        string_to_array(heirs.unit_code, '.') as code_parts
    from heirs
)

select distinct
    parts.data_origin,
    array_to_string(parts.code_parts[1:depth.n], '.') as unit_code,
    case when depth.n > 1 then array_to_string(parts.code_parts[1:depth.n - 1], '.') end as parent_code
from parts
cross join lateral generate_series(1, cardinality(parts.code_parts)) as depth (n)
