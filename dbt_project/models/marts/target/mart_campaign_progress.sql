-- Campaigns with windows of their own, day by day: cumulative numerators and denominators since the window
-- began, per target and figure, against the linear pace. Day 0 is the first day; days to come have no row.
with days as (
    select
        aim.*,
        generated::date as day,
        generated::date - aim.period_start as day_number
    from {{ ref('int_target_aim') }} as aim
    cross join
        lateral generate_series(
            aim.period_start::timestamp, aim.judged_on::timestamp, interval '1 day'
        ) as generated
    where aim.period_grain = 'campaign' and aim.has_begun and aim.basis is not null
),

-- Dossiers that came in on a day, as they stand at the end of the window or at evaluated_at.
entered as (
    select
        scope_code,
        window_key,
        measure_code,
        row_kind,
        unit_code,
        unit_level,
        greatest(entry_day, 0) as day_number,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from {{ ref('int_target_dossier_measure') }}
    where is_final
    group by scope_code, window_key, measure_code, row_kind, unit_code, unit_level, greatest(entry_day, 0)
),

-- Figures that are counted anew for each day.
counted as (
    select
        scope_code,
        window_key,
        measure_code,
        row_kind,
        unit_code,
        unit_level,
        day,
        numerator,
        denominator
    from {{ ref('int_target_procedure_measure') }}
    union all
    select
        scope_code,
        window_key,
        measure_code,
        row_kind,
        unit_code,
        unit_level,
        cut_on as day,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from {{ ref('int_target_dossier_measure') }}
    group by scope_code, window_key, measure_code, row_kind, unit_code, unit_level, cut_on
),

valued as (
    select
        days.*,
        case
            when days.basis = 'records' and days.counting = 'dossier'
                then coalesce(sum(entered.numerator) over so_far, 0)
            when days.basis = 'records' then coalesce(counted.numerator, 0)
            else stated.numerator
        end as numerator_so_far,
        case
            when days.basis = 'records' and days.counting = 'dossier'
                then coalesce(sum(entered.denominator) over so_far, 0)
            when days.basis = 'records' and counted.scope_code is null then 0
            when days.basis = 'records' then counted.denominator
            else stated.denominator
        end as denominator_so_far
    from days
    left join entered
        on
            days.scope_code = entered.scope_code and days.window_key = entered.window_key
            and days.measure_code = entered.measure_code and days.row_kind = entered.row_kind
            and days.unit_code = entered.unit_code and days.unit_level = entered.unit_level
            and days.day_number = entered.day_number
    left join counted
        on
            days.scope_code = counted.scope_code and days.window_key = counted.window_key
            and days.measure_code = counted.measure_code and days.row_kind = counted.row_kind
            and days.unit_code = counted.unit_code and days.unit_level = counted.unit_level
            and days.day = counted.day and days.counting in ('procedure', 'dossier_clock')
    left join lateral (
        select
            statement.numerator,
            statement.denominator
        from {{ ref('int_target_statement') }} as statement
        where
            days.basis = 'stated'
            and statement.scope_code = days.scope_code and statement.window_key = days.window_key
            and statement.measure_code = days.measure_code and statement.row_kind = days.row_kind
            and statement.unit_code = days.unit_code and statement.unit_level = days.unit_level
            and statement.day <= days.day
        order by statement.day desc
        limit 1
    ) as stated on true
    window so_far as (
        partition by
            days.target_id, days.scope_code, days.row_kind, days.unit_code, days.unit_level, days.period_start
        order by days.day
    )
),

paced as (
    select
        valued.*,
        round(100 * valued.numerator_so_far::numeric / nullif(valued.denominator_so_far, 0), 10) as percent_so_far,
        round(
            valued.pace_start_percent + (valued.target_percent - valued.pace_start_percent) * case
                when valued.period_end = valued.period_start then 1
                else valued.day_number::numeric / (valued.period_end - valued.period_start)
            end, 10
        ) as pace_so_far
    from valued
)

select
    paced.target_id,
    target.source as plan,
    paced.measure_code,
    paced.target_level,
    paced.period_start,
    paced.period_end,
    paced.row_kind,
    paced.unit_code,
    coalesce(unit.unit_name, province.name) as unit_name,
    paced.unit_level,
    paced.root_code as province_code,
    paced.day,
    paced.day_number::int as day_number,
    paced.numerator_so_far as numerator,
    paced.denominator_so_far as denominator,
    round(paced.percent_so_far, 4) as actual_percent,
    round(paced.target_percent, 4) as target_percent,
    round(paced.pace_so_far, 4) as pace_percent,
    round(paced.percent_so_far - paced.target_percent, 4) as gap_points,
    paced.numerator_so_far - {{ target_cases('paced.target_percent', 'paced.denominator_so_far') }} as gap_cases,
    paced.percent_so_far >= paced.pace_so_far as is_on_track,
    paced.basis as actual_basis,
    paced.evaluated_at,
    coalesce(unit.data_origin, 'recorded') as data_origin
from paced
inner join {{ ref('targets') }} as target on paced.target_id = target.target_id
left join {{ ref('int_org_unit') }} as unit on paced.unit_code = unit.unit_code
left join {{ ref('province_succession') }} as province on paced.unit_code = province.org_code
