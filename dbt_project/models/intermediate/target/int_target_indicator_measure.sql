-- Measures that exist for a whole unit and a calendar period only (1.1 to 1.4, 5.1, 5.2): the indicator's own
-- numerator and denominator.
with calendar as (
    select
        asked.*,
        period.period_grain
    from {{ ref('int_target_window') }} as asked
    inner join {{ ref('int_period') }} as period
        on asked.window_start = period.period_start and asked.window_end = period.period_end
    where asked.counting = 'indicator' and asked.record_coverage <> 'missing'
)

select
    calendar.scope_code,
    calendar.window_key,
    calendar.measure_code,
    coalesce(observed.numerator, case when calendar.measure_code <> '1.4' then 0 end) as numerator,
    coalesce(observed.denominator, case when calendar.measure_code <> '1.4' then 0 end) as denominator
from calendar
left join {{ ref('int_indicator_value') }} as observed
    on
        calendar.scope_code = observed.unit_code and calendar.period_grain = observed.period_grain
        and calendar.window_start = observed.period_start and calendar.measure_code = observed.indicator_code
