{{ config(indexes=[{'columns': ['ancestor_code', 'unit_code']}, {'columns': ['unit_code']}]) }}

-- The way a record counts upward, for both boundaries: each unit with every scope that counts it. distance 0:
-- the unit is a member of the scope itself; above 0: it lies that far below a member.
-- depends_on: {{ ref('int_scope_closure_before') }}
select
    closure.unit_code,
    member.scope_code as ancestor_code,
    min(closure.distance) as distance
from {{ ref('int_unit_closure') }} as closure
inner join {{ ref('int_scope_member') }} as member on closure.ancestor_code = member.member_code
group by closure.unit_code, member.scope_code
