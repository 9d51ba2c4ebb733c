-- 1.1: procedures announced on time, of the public procedures in decisions dated in the period.
select
    unit_code,
    period_grain,
    period_start,
    count(*) as announced,
    count(*) filter (where is_on_time) as announced_on_time
from {{ ref('int_announcement_case') }}
where is_public
group by unit_code, period_grain, period_start
