-- 5.1 and 5.2: petition counts per unit with all below it, and period.
select
    unit_code,
    period_grain,
    period_start,
    count(*) as petitions,
    count(*) filter (where is_on_time) as on_time,
    count(*) filter (where is_satisfied) as satisfied
from {{ ref('int_petition_case') }}
group by unit_code, period_grain, period_start
