-- Computed and published side by side per unit, indicator and period, all procedures.
with computed as (
    select
        unit_code,
        indicator_code,
        period_grain,
        period_start,
        rule_set,
        boundary,
        scope_code,
        numerator,
        denominator,
        score,
        status,
        status_reason,
        true as is_computed
    from {{ ref('fct_indicator') }}
    where procedure_code = '*' and indicator_code <> '2.2' and boundary = 'as_was'
),

published as (
    select
        unit_code,
        indicator_code,
        period_grain,
        period_start,
        numerator,
        denominator,
        score,
        max_score,
        captured_at,
        true as is_published
    from {{ ref('int_portal_metric_latest') }}
    where procedure_code = '*' and indicator_code is not null
)

select
    coalesce(computed.unit_code, published.unit_code) as unit_code,
    coalesce(computed.indicator_code, published.indicator_code) as indicator_code,
    coalesce(computed.period_grain, published.period_grain) as period_grain,
    coalesce(computed.period_start, published.period_start) as period_start,
    computed.rule_set,
    computed.boundary,
    computed.scope_code,
    computed.numerator as computed_numerator,
    computed.denominator as computed_denominator,
    computed.score as computed_score,
    computed.status as computed_status,
    computed.status_reason as computed_status_reason,
    published.numerator as published_numerator,
    published.denominator as published_denominator,
    published.score as published_score,
    published.captured_at,
    coalesce(computed.is_computed, false) as is_computed,
    coalesce(published.is_published, false) as is_published,
    coalesce(computed.is_computed and published.is_published, false)
    -- No denominator is published as 0/0.
    and (coalesce(computed.denominator, 0) <> 0 or coalesce(published.denominator, 0) <> 0)
    and (
        coalesce(computed.numerator, -1) <> coalesce(published.numerator, -1)
        or coalesce(computed.denominator, -1) <> coalesce(published.denominator, -1)
    ) as has_different_parts,
    coalesce(computed.is_computed and published.is_published, false)
    and coalesce(published.score, -1) <> coalesce(computed.score, -1)
    -- Where the portal publishes no maximum it publishes no score at this grain: its group speaks.
    and published.max_score is not null as has_different_score
from computed
full outer join published
    on
        computed.unit_code = published.unit_code
        and computed.indicator_code = published.indicator_code
        and computed.period_grain = published.period_grain
        and computed.period_start = published.period_start
