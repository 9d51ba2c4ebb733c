-- Dossiers received in each period by a unit with all below it, per channel and way of filing.
select
    closure.ancestor_code as unit_code,
    period.period_grain,
    period.period_start,
    reception.channel,
    reception.filing,
    sum(reception.dossiers)::bigint as dossiers
from {{ ref('int_reception') }} as reception
inner join {{ ref('int_period') }} as period
    on reception.received_month between period.period_start and period.period_end
inner join {{ ref('int_as_was_closure') }} as closure
    on
        reception.unit_code = closure.unit_code
        and period.period_grain = closure.period_grain
        and period.period_start = closure.period_start
group by closure.ancestor_code, period.period_grain, period.period_start, reception.channel, reception.filing
