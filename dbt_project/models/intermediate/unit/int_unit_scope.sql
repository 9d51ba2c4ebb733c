-- Whose records a figure counts. A unit's plain scope is its code: what was filed under it and below. A unit
-- that took over from others has one more scope per day on which it did, named as its version in dim_org_unit
-- (H17@2025-07-01): its own records and its predecessors'. Only where a predecessor has records, and only from
-- that day on: evaluated before it, nothing shows such a scope.
select
    heritage.unit_code || '@' || heritage.valid_from::text as scope_code,
    heritage.unit_code,
    heritage.valid_from
from {{ ref('int_unit_heritage') }} as heritage
inner join {{ ref('int_org_unit') }} as predecessor on heritage.predecessor_code = predecessor.unit_code
cross join {{ ref('stg_audit__evaluation') }} as evaluation
where heritage.valid_from <= {{ local_date('evaluation.evaluated_at') }}
group by heritage.unit_code, heritage.valid_from
