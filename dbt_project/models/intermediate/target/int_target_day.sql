-- The days for which a target's procedures are counted anew: each day of a campaign, else the last one.
select
    asked.scope_code,
    asked.window_key,
    asked.measure_code,
    asked.window_start,
    days.day::date as day
from {{ ref('int_target_window') }} as asked
cross join
    lateral generate_series(
        case when asked.is_campaign then asked.window_start else asked.judged_on end::timestamp,
        asked.judged_on::timestamp, interval '1 day'
    ) as days (day)
where asked.counting = 'procedure' and asked.record_coverage <> 'missing'
