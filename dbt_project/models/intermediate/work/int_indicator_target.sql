-- The target that a unit's indicator is held against in a period, of the plans on record: one in force before one
-- that has run out, its own province's before one for every province, the latest, the highest. Campaigns have
-- windows of their own and are not here.
with stated as (
    select
        target_id,
        indicator_code,
        target_percent,
        unit_level,
        period_start as valid_from,
        period_end as valid_to,
        issuing_unit = 'a province' as is_for_all,
        substring(issuing_unit from '\(([A-Z][0-9]+)\)') as province_code
    from {{ ref('targets') }}
    where scope = 'province' and indicator_code is not null and target_percent is not null
),

levels as (
    select
        unit_code,
        root_code,
        period_grain,
        period_start,
        judged_on,
        case unit_type when 'department' then 'province' else unit_type end as unit_level
    from {{ ref('int_scored_unit_period') }}
)

select distinct on (levels.unit_code, levels.period_grain, levels.period_start, stated.indicator_code)
    levels.unit_code,
    levels.period_grain,
    levels.period_start,
    stated.indicator_code,
    stated.target_id,
    stated.target_percent,
    coalesce(stated.valid_to >= levels.period_start, true) as is_in_force
from levels
inner join stated
    on
        (stated.province_code = levels.root_code or stated.is_for_all)
        and stated.unit_level in ('all', levels.unit_level)
        and stated.valid_from <= levels.judged_on
order by
    levels.unit_code asc, levels.period_grain asc, levels.period_start asc, stated.indicator_code asc,
    coalesce(stated.valid_to >= levels.period_start, true) desc, stated.is_for_all asc,
    stated.valid_to desc nulls first, stated.target_percent desc, stated.target_id asc
