-- The units that make up a scope, each with all below it: the unit itself, and from its day on every
-- predecessor.
select
    unit_code as scope_code,
    unit_code as member_code
from {{ ref('int_org_unit') }}
union all
select
    scope_code,
    unit_code as member_code
from {{ ref('int_unit_scope') }}
union all
select
    scope.scope_code,
    heritage.predecessor_code as member_code
from {{ ref('int_unit_scope') }} as scope
inner join {{ ref('int_unit_heritage') }} as heritage
    on scope.unit_code = heritage.unit_code and scope.valid_from >= heritage.valid_from
