-- Every calendar day, with whether it is worked.
select
    day,
    is_working,
    holiday_name,
    basis
from {{ source('raw', 'calendar_day') }}
