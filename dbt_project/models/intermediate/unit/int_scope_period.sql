-- What is counted: every unit in every scored period in which it existed, and every scope that takes
-- predecessors in, in every period. unit_code is the scope's code, root_code its province's scope.
select
    spine.unit_code,
    spine.unit_type,
    spine.root_code,
    spine.data_origin,
    spine.period_grain,
    spine.period_start,
    spine.period_end,
    spine.starts_at,
    spine.judged_at,
    spine.judged_on,
    spine.is_provisional,
    spine.evaluated_at,
    {{ scope_key('spine.unit_code', 'spine') }} as scope_key
from {{ ref('int_scored_unit_period') }} as spine
union all
select
    scope.scope_code as unit_code,
    unit.unit_type,
    coalesce(root.scope_code, unit.root_code) as root_code,
    unit.data_origin,
    period.period_grain,
    period.period_start,
    period.period_end,
    period.starts_at,
    period.judged_at,
    period.judged_on,
    period.is_provisional,
    period.evaluated_at,
    {{ scope_key('scope.scope_code', 'period') }} as scope_key
from {{ ref('int_unit_scope') }} as scope
inner join {{ ref('int_org_unit') }} as unit on scope.unit_code = unit.unit_code
left join lateral (
    select root_scope.scope_code
    from {{ ref('int_unit_scope') }} as root_scope
    where root_scope.unit_code = unit.root_code and root_scope.valid_from <= scope.valid_from
    order by root_scope.valid_from desc
    limit 1
) as root on true
cross join {{ ref('int_period') }} as period
where
    exists (
        select 1
        from {{ ref('int_scope_member') }} as member
        inner join {{ ref('int_org_unit') }} as part on member.member_code = part.unit_code
        inner join {{ ref('int_scored_root') }} as supplied on supplied.root_code in (part.root_code, '*')
        where member.scope_code = scope.scope_code
    )
