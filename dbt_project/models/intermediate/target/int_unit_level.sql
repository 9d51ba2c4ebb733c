-- The level of government that a unit's own cases belong to: a province's own departments are its level
-- `province`; what stands below a department, or is of no level itself, belongs to the level above it.
select
    unit.unit_code,
    unit.root_code,
    case
        when unit.root_code like 'G%' then 'ministry'
        when parent.unit_type = 'department' and not unit.is_registered then 'province'
        when unit.unit_type in ('district', 'commune') then unit.unit_type
        when unit.unit_type = 'other' and parent.unit_type in ('district', 'commune') then parent.unit_type
        else 'province'
    end as unit_level
from {{ ref('int_org_unit') }} as unit
left join {{ ref('int_org_unit') }} as parent on unit.parent_code = parent.unit_code
