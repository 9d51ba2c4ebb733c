-- Each unit with itself and every unit above it: the way a record counts upward.
with recursive closure as (
    select
        unit_code,
        unit_code as ancestor_code,
        parent_code as next_code,
        0 as distance
    from {{ ref('int_org_unit') }}
    union all
    select
        closure.unit_code,
        parent.unit_code as ancestor_code,
        parent.parent_code as next_code,
        closure.distance + 1 as distance
    from closure
    inner join {{ ref('int_org_unit') }} as parent on closure.next_code = parent.unit_code
    where closure.distance < 5
)

select
    unit_code,
    ancestor_code,
    distance
from closure
