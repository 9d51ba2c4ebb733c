-- Stated measures per figure, window and cut-off day: a figure's own statement where there is one, else the
-- sum of what its units state; of each unit the latest statement by that day. They begin with the window.
with stated as (
    select
        asked.scope_code,
        asked.window_key,
        asked.measure_code,
        statement.unit_code,
        statement.unit_level,
        statement.period_end as stated_on,
        statement.numerator,
        statement.denominator
    from {{ ref('int_target_window') }} as asked
    inner join {{ ref('stg_reporting__stated_measure') }} as statement
        on
            asked.measure_code = statement.measure_code and asked.window_start = statement.period_start
            and statement.period_end <= asked.judged_on
    where
        exists (
            select 1 from {{ ref('int_target_member') }} as member
            where member.scope_code = asked.scope_code and member.member_code = statement.unit_code
        )
),

days as (
    select distinct
        scope_code,
        window_key,
        measure_code,
        stated_on as day
    from stated
),

latest as (
    select distinct on (
        days.scope_code, days.window_key, days.measure_code, days.day, stated.unit_code, stated.unit_level
    )
        days.*,
        stated.unit_code,
        stated.unit_level,
        stated.numerator,
        stated.denominator
    from days
    inner join stated
        on
            days.scope_code = stated.scope_code and days.window_key = stated.window_key
            and days.measure_code = stated.measure_code and stated.stated_on <= days.day
    order by
        days.scope_code asc, days.window_key asc, days.measure_code asc, days.day asc, stated.unit_code asc,
        stated.unit_level asc, stated.stated_on desc
),

-- The issuer's own statement: of a level where it names one, else of all levels together.
own as (
    select
        scope_code,
        window_key,
        measure_code,
        day,
        case when unit_level = '' then 'all' else unit_level end as unit_level,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from latest
    where unit_code = scope_code
    group by scope_code, window_key, measure_code, day, case when unit_level = '' then 'all' else unit_level end
),

of_units as (
    select
        latest.scope_code,
        latest.window_key,
        latest.measure_code,
        latest.day,
        latest.unit_code,
        level.unit_level,
        latest.numerator,
        latest.denominator
    from latest
    inner join {{ ref('int_unit_level') }} as level on latest.unit_code = level.unit_code
    where latest.unit_code <> latest.scope_code and latest.unit_level in ('', level.unit_level)
),

levels as (
    select
        scope_code,
        window_key,
        measure_code,
        day,
        unit_level,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from of_units
    group by scope_code, window_key, measure_code, day, unit_level
),

chosen_levels as (
    select * from own
    where unit_level <> 'all'
    union all
    select levels.* from levels
    where not exists (
        select 1 from own
        where
            own.scope_code = levels.scope_code and own.window_key = levels.window_key
            and own.measure_code = levels.measure_code and own.day = levels.day
            and own.unit_level = levels.unit_level
    )
),

together as (
    select
        scope_code,
        window_key,
        measure_code,
        day,
        'all' as unit_level,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from chosen_levels
    group by scope_code, window_key, measure_code, day
),

chosen as (
    select * from chosen_levels
    union all
    select * from own
    where unit_level = 'all'
    union all
    select together.* from together
    where not exists (
        select 1 from own
        where
            own.scope_code = together.scope_code and own.window_key = together.window_key
            and own.measure_code = together.measure_code and own.day = together.day and own.unit_level = 'all'
    )
)

select
    scope_code,
    window_key,
    measure_code,
    day,
    'level' as row_kind,
    scope_code as unit_code,
    unit_level,
    numerator,
    denominator
from chosen
union all
select
    scope_code,
    window_key,
    measure_code,
    day,
    'unit' as row_kind,
    unit_code,
    unit_level,
    numerator,
    denominator
from of_units
