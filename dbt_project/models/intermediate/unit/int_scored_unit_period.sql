{{ config(indexes=[{'columns': ['unit_code', 'period_start', 'period_grain']}]) }}

-- The spine: every unit of a province that has a source of records, in every scored period in which
-- the unit existed.
select
    unit.unit_code,
    unit.unit_type,
    unit.root_code,
    unit.data_origin,
    period.period_grain,
    period.period_start,
    period.period_end,
    period.starts_at,
    period.judged_at,
    period.judged_on,
    period.is_provisional,
    period.evaluated_at
from {{ ref('int_org_unit') }} as unit
cross join {{ ref('int_period') }} as period
where
    exists (
        select 1 from {{ ref('int_scored_root') }} as roots
        where roots.root_code in (unit.root_code, '*')
    )
    and coalesce(unit.valid_from <= period.judged_on, true)
    and coalesce(unit.valid_to >= period.period_start, true)
