-- The target that a unit's indicator is held against in a period, of the plans on record: one in force before one
-- that has run out, its own province's before one for every province, the latest, the highest. Campaigns have
-- windows of their own and are not here.
with stated as (
    select
        target.*,
        substring(target.issuing_unit from '\(([A-Z][0-9]+)\)') as issuer_code
    from {{ ref('targets') }} as target
    where target.scope = 'province' and target.indicator_code is not null and target.target_percent is not null
),

levels as (
    select
        spine.unit_code,
        spine.root_code,
        spine.period_grain,
        spine.period_start,
        spine.judged_on,
        case spine.unit_type when 'department' then 'province' else spine.unit_type end as unit_level
    from {{ ref('int_scored_unit_period') }} as spine
)

select distinct on (levels.unit_code, levels.period_grain, levels.period_start, stated.indicator_code)
    levels.unit_code,
    levels.period_grain,
    levels.period_start,
    stated.indicator_code,
    stated.target_id,
    stated.target_percent,
    coalesce(stated.period_end >= levels.period_start, true) as is_in_force
from levels
inner join stated
    on
        (stated.issuer_code = levels.root_code or stated.issuing_unit = 'a province')
        and stated.unit_level in ('all', levels.unit_level)
        and stated.period_start <= levels.judged_on
order by
    levels.unit_code asc, levels.period_grain asc, levels.period_start asc, stated.indicator_code asc,
    coalesce(stated.period_end >= levels.period_start, true) desc, stated.issuer_code asc nulls last,
    stated.period_end desc nulls first, stated.target_percent desc, stated.target_id asc
