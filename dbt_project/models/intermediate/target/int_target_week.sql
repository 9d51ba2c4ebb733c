-- The last eight whole weeks of a running window, per figure: the dossiers that came in each week and how
-- many of them count as at evaluated_at. Weeks begin with the window; those carried over are in none.
with running as (
    select
        scope_code,
        window_key,
        measure_code,
        judged_on,
        window_end,
        (judged_on - window_start) / 7 as whole_weeks
    from {{ ref('int_target_window') }}
    where
        counting in ('dossier', 'dossier_clock') and record_coverage <> 'missing' and judged_on < window_end
),

-- A week without a dossier counts as one: every week of every figure that has any dossier stands here.
entered as (
    select
        running.*,
        measured.row_kind,
        measured.unit_code,
        measured.unit_level,
        measured.entry_day / 7 as week_number,
        measured.numerator,
        measured.denominator
    from running
    inner join {{ ref('int_target_dossier_measure') }} as measured
        on
            running.scope_code = measured.scope_code and running.window_key = measured.window_key
            and running.measure_code = measured.measure_code
    where measured.is_final and measured.entry_day >= 0
),

figures as (
    select distinct
        scope_code,
        window_key,
        measure_code,
        judged_on,
        window_end,
        whole_weeks,
        row_kind,
        unit_code,
        unit_level
    from entered
),

weeks as (
    select
        scope_code,
        window_key,
        measure_code,
        judged_on,
        window_end,
        row_kind,
        unit_code,
        unit_level,
        week_number,
        numerator,
        denominator
    from entered
    where week_number between whole_weeks - 8 and whole_weeks - 1
    union all
    select
        figures.scope_code,
        figures.window_key,
        figures.measure_code,
        figures.judged_on,
        figures.window_end,
        figures.row_kind,
        figures.unit_code,
        figures.unit_level,
        numbers.week_number,
        0 as numerator,
        0 as denominator
    from figures
    cross join generate_series(greatest(figures.whole_weeks - 8, 0), figures.whole_weeks - 1)
        as numbers (week_number)
)

select
    scope_code,
    window_key,
    measure_code,
    row_kind,
    unit_code,
    unit_level,
    week_number,
    judged_on,
    window_end,
    sum(numerator) as numerator,
    sum(denominator) as denominator
from weeks
group by
    scope_code, window_key, measure_code, row_kind, unit_code, unit_level, week_number, judged_on, window_end
