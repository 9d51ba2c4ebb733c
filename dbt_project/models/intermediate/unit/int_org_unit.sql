-- One row per unit: as registered; a unit that no register holds is derived from its code, so that
-- records of the three-level era or an inbox without units can be scored too.
with registered as (
    select distinct on (unit_code)
        unit_code,
        unit_name,
        unit_type,
        parent_code,
        portal_id,
        valid_from,
        valid_to,
        successor_code,
        data_origin
    from {{ ref('stg_registry__org_unit') }}
    order by unit_code asc, valid_from desc nulls last
),

derived as (
    select
        code.unit_code,
        min(code.parent_code) as parent_code,
        min(code.data_origin) as data_origin,
        cardinality(string_to_array(code.unit_code, '.')) as depth,
        split_part(code.unit_code, '.', 2) as second_part,
        bool_or(below.unit_code is not null) as has_units_below
    from {{ ref('int_unit_code') }} as code
    left join {{ ref('int_unit_code') }} as below on code.unit_code = below.parent_code
    group by code.unit_code
),

typed as (
    select
        unit_code,
        parent_code,
        data_origin,
        case
            when depth = 1 and unit_code like 'G%' then 'ministry'
            when depth = 1 then 'province'
            when depth = 3 then 'commune'
            when has_units_below then 'district'
            when second_part ~ '^[0-9]+$' and second_part::int >= 100 then 'commune'
            else 'department'
        end as unit_type
    from derived
)

select
    typed.unit_code,
    coalesce(registered.unit_name, province.name, typed.unit_code) as unit_name,
    coalesce(registered.unit_type, typed.unit_type) as unit_type,
    coalesce(registered.parent_code, typed.parent_code) as parent_code,
    split_part(typed.unit_code, '.', 1) as root_code,
    registered.unit_code is not null as is_registered,
    registered.portal_id,
    -- A register of today dates an enlarged province from its merger; the province itself is older.
    case when province.org_code is null then registered.valid_from else province.valid_from end as valid_from,
    -- The district level ended with the provinces of old; what belonged to one of these ended with it.
    least(
        registered.valid_to,
        root.valid_to,
        case when coalesce(registered.unit_type, typed.unit_type) = 'district' then date '2025-06-30' end
    ) as valid_to,
    coalesce(registered.successor_code, province.successor_code) as successor_code,
    typed.data_origin
from typed
left join registered on typed.unit_code = registered.unit_code
left join {{ ref('province_succession') }} as province on typed.unit_code = province.org_code
left join {{ ref('province_succession') }} as root on split_part(typed.unit_code, '.', 1) = root.org_code
