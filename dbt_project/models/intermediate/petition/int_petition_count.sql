-- 5.1 and 5.2: petition counts per unit with all below it, and period.
select
    closure.ancestor_code as unit_code,
    petition.period_grain,
    petition.period_start,
    count(*) as petitions,
    count(*) filter (where petition.is_on_time) as on_time,
    count(*) filter (where petition.is_on_time and not petition.is_disliked and not petition.is_raised_again)
        as satisfied
from {{ ref('int_petition_timeliness') }} as petition
inner join {{ ref('int_unit_closure') }} as closure on petition.unit_code = closure.unit_code
group by closure.ancestor_code, petition.period_grain, petition.period_start
