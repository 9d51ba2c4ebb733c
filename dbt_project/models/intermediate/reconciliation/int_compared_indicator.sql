-- Computed and published side by side per unit, indicator and period, all procedures.
select
    coalesce(computed.unit_code, published.unit_code) as unit_code,
    coalesce(computed.indicator_code, published.indicator_code) as indicator_code,
    coalesce(computed.period_grain, published.period_grain) as period_grain,
    coalesce(computed.period_start, published.period_start) as period_start,
    computed.rule_set,
    computed.boundary,
    computed.numerator as computed_numerator,
    computed.denominator as computed_denominator,
    computed.score as computed_score,
    computed.status as computed_status,
    computed.status_reason as computed_status_reason,
    published.numerator as published_numerator,
    published.denominator as published_denominator,
    published.score as published_score,
    published.captured_at,
    computed.unit_code is not null as is_computed,
    published.unit_code is not null as is_published,
    computed.unit_code is not null and published.unit_code is not null
    and (computed.numerator, computed.denominator)
    is distinct from (published.numerator, published.denominator) as has_different_parts,
    computed.unit_code is not null and published.unit_code is not null
    and published.score is distinct from computed.score
    and not (published.score is null and published.numerator is not null and published.denominator <> 0)
        as has_different_score
from (select * from {{ ref('fct_indicator') }} where procedure_code = '*' and indicator_code <> '2.2') as computed
full outer join (
    select * from {{ ref('int_portal_metric_latest') }} where procedure_code = '*' and indicator_code is not null
) as published
    on
        computed.unit_code = published.unit_code
        and computed.indicator_code = published.indicator_code
        and computed.period_grain = published.period_grain
        and computed.period_start = published.period_start
