-- 1.3: public procedures under the province's authority that carry all seven parts, as at E.
select
    unit_code,
    period_grain,
    period_start,
    count(*) as public_procedures,
    count(*) filter (where is_complete) as complete_procedures
from {{ ref('int_content_case') }}
where is_public
group by unit_code, period_grain, period_start
