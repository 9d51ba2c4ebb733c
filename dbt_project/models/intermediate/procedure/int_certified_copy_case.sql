-- Each commune of a unit's subtree, and whether it issued an electronic certified copy in the period
-- (the observed rate beside 4.7).
select
    closure.ancestor_code as unit_code,
    spine.period_grain,
    spine.period_start,
    spine.unit_code as commune_code,
    issuing.raw_id,
    issuing.unit_code is not null as is_issuing,
    coalesce(issuing.copies, 0) as copies
from {{ ref('int_scored_unit_period') }} as spine
inner join {{ ref('int_scope_closure') }} as closure on spine.unit_code = closure.unit_code
left join {{ ref('int_certified_copy_issue') }} as issuing
    on
        spine.unit_code = issuing.unit_code
        and spine.period_grain = issuing.period_grain
        and spine.period_start = issuing.period_start
where spine.unit_type = 'commune'
