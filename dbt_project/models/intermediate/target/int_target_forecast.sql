-- What a running window comes to if the weeks to come are as the last eight (docs/targets.md, «Forecast»): the
-- cases so far, plus the weekly mean of cases for each week left, at the ratio of the last weeks. The interval
-- is of that ratio: weeks as clusters (Cochran, Sampling Techniques, 6.4), Student's t, and never less spread
-- than single cases have (Agresti and Coull 1998).
with summed as (
    select
        scope_code,
        window_key,
        measure_code,
        row_kind,
        unit_code,
        unit_level,
        max(window_end - judged_on) / 7.0 as weeks_left,
        count(*) as weeks,
        count(*) filter (where denominator > 0) as weeks_with_cases,
        sum(numerator) as counted,
        sum(denominator) as cases,
        sum(numerator * numerator) as counted_squared,
        sum(numerator * denominator) as crossed,
        sum(denominator * denominator) as cases_squared
    from {{ ref('int_target_week') }}
    group by scope_code, window_key, measure_code, row_kind, unit_code, unit_level
),

estimated as (
    select
        summed.*,
        counted / cases as ratio,
        cases / weeks as weekly_cases,
        (counted + 2) / (cases + 4) as guarded_ratio
    from summed
    where weeks_with_cases >= 4
),

spread as (
    select
        estimated.*,
        greatest(
            (counted_squared - 2 * ratio * crossed + ratio * ratio * cases_squared) / (weeks - 1),
            guarded_ratio * (1 - guarded_ratio) * weekly_cases
        ) as variance
    from estimated
)

select
    spread.scope_code,
    spread.window_key,
    spread.measure_code,
    spread.row_kind,
    spread.unit_code,
    spread.unit_level,
    spread.weeks,
    spread.weekly_cases * spread.weeks_left as cases_to_come,
    spread.ratio,
    round(greatest(0, spread.ratio - {{ target_half_width('spread', 'student') }}), 6) as ratio_low,
    round(least(1, spread.ratio + {{ target_half_width('spread', 'student') }}), 6) as ratio_high
from spread
inner join {{ ref('student_t') }} as student on spread.weeks - 1 = student.degrees_of_freedom
