-- day + n and day - n working days, for every n that a rule names. From a day off, the first working
-- day after it is + 1 and the last one before it is - 1.
with offsets as (
    select distinct working_days
    from {{ ref('working_day_limits') }}
),

worked as (
    select
        day,
        working_day_number
    from {{ ref('int_working_day') }}
    where is_working
)

select
    days.day,
    offsets.working_days,
    later.day as day_after,
    earlier.day as day_before
from {{ ref('int_working_day') }} as days
cross join offsets
left join worked as later
    on days.working_day_number + offsets.working_days = later.working_day_number
left join worked as earlier
    on
        days.working_day_number - (case when days.is_working then 1 else 0 end) - offsets.working_days + 1
        = earlier.working_day_number
