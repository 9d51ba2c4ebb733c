-- The observed rate beside 4.7: communes with an electronic certified copy issued in the period, of the
-- communes of the unit.
select
    unit_code,
    period_grain,
    period_start,
    count(*) as communes,
    count(*) filter (where is_issuing) as issuing_communes
from {{ ref('int_certified_copy_case') }}
group by unit_code, period_grain, period_start
