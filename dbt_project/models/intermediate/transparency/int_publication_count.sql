-- 1.2: procedures made public on time, of those whose deadline lies in the period or that were made
-- public in it.
select
    unit_code,
    period_grain,
    period_start,
    count(*) as to_be_public,
    count(*) filter (where is_on_time) as public_on_time
from {{ ref('int_publication_case') }}
group by unit_code, period_grain, period_start
