-- The portal's units: its ids with our codes. Some answers carry no code; the trees and the register do.
with seen as (
    select
        portal_unit_id,
        unit_code,
        unit_name,
        unit_type,
        root_unit_id,
        data_origin,
        raw_id
    from {{ ref('stg_portal__group') }}
),

coded as (
    select distinct on (portal_unit_id)
        portal_unit_id,
        unit_code
    from (
        select
            portal_unit_id,
            unit_code,
            1 as preference
        from seen
        where unit_code is not null
        union all
        select
            portal_id as portal_unit_id,
            unit_code,
            2 as preference
        from {{ ref('stg_registry__org_unit') }}
        where portal_id is not null
    ) as codes
    order by portal_unit_id asc, preference asc, unit_code asc
)

select distinct on (seen.portal_unit_id)
    seen.portal_unit_id,
    coalesce(coded.unit_code, 'portal:' || seen.portal_unit_id) as unit_code,
    seen.unit_name,
    case
        when seen.portal_unit_id = seen.root_unit_id then 'province'
        when seen.unit_type ilike '%commune%' then 'commune'
        when split_part(coded.unit_code, '.', 2) ~ '^[0-9]{3,}$' then 'commune'
        else 'department'
    end as unit_type,
    root.unit_code as root_code,
    seen.data_origin
from seen
left join coded on seen.portal_unit_id = coded.portal_unit_id
left join coded as root on seen.root_unit_id = root.portal_unit_id
order by seen.portal_unit_id asc, seen.raw_id desc
