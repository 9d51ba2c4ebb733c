-- The last eight whole weeks of a running window, per figure: the dossiers that came in each week and how
-- many of them count as at evaluated_at. Weeks begin with the window; those carried over are in none.
with running as (
    select
        asked.scope_code,
        asked.window_key,
        asked.measure_code,
        asked.judged_on,
        asked.window_end,
        (asked.judged_on - asked.window_start) / 7 as whole_weeks
    from {{ ref('int_target_window') }} as asked
    where
        asked.counting in ('dossier', 'dossier_clock') and asked.record_coverage <> 'missing'
        and asked.judged_on < asked.window_end
),

figures as (
    select distinct
        running.*,
        member.row_kind,
        member.unit_code,
        member.unit_level
    from running
    inner join {{ ref('int_target_member') }} as member on running.scope_code = member.scope_code
),

weeks as (
    select
        figures.*,
        numbers.week_number
    from figures
    cross join lateral generate_series(greatest(figures.whole_weeks - 8, 0), figures.whole_weeks - 1)
        as numbers (week_number)
)

select
    weeks.scope_code,
    weeks.window_key,
    weeks.measure_code,
    weeks.row_kind,
    weeks.unit_code,
    weeks.unit_level,
    weeks.week_number,
    weeks.judged_on,
    weeks.window_end,
    coalesce(sum(measured.numerator), 0) as numerator,
    coalesce(sum(measured.denominator), 0) as denominator
from weeks
left join {{ ref('int_target_dossier_measure') }} as measured
    on
        weeks.scope_code = measured.scope_code and weeks.window_key = measured.window_key
        and weeks.measure_code = measured.measure_code and weeks.row_kind = measured.row_kind
        and weeks.unit_code = measured.unit_code and weeks.unit_level = measured.unit_level
        and measured.is_final
        and measured.entry_day between weeks.week_number * 7 and weeks.week_number * 7 + 6
group by
    weeks.scope_code, weeks.window_key, weeks.measure_code, weeks.row_kind, weeks.unit_code, weeks.unit_level,
    weeks.week_number, weeks.judged_on, weeks.window_end
