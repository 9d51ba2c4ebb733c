-- The latest capture of each published display group; totals, as the old gateway states them, are no group.
select distinct on (unit.unit_code, grp.period_grain, grp.period_start, grp.procedure_code, grp.display_group)
    unit.unit_code,
    grp.period_grain,
    grp.period_start,
    grp.procedure_code,
    grp.display_group,
    grp.score,
    grp.max_score,
    grp.captured_at,
    grp.data_origin
from {{ ref('stg_portal__group') }} as grp
inner join {{ ref('int_portal_unit') }} as unit on grp.portal_unit_id = unit.portal_unit_id
inner join {{ ref('stg_audit__landed_object') }} as landed
    on grp.source_id = landed.source_id and grp.object_sha256 = landed.object_sha256
where grp.display_group <> 'TOTAL'
order by
    unit.unit_code asc, grp.period_grain asc, grp.period_start asc, grp.procedure_code asc,
    grp.display_group asc, landed.last_fetched_at desc, grp.raw_id desc
