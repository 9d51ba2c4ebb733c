-- Computed scores added up by group and display group. Null adds nothing and lowers no maximum; a group
-- none of whose indicators had its inputs is missing and has no score.
with sums as (
    select
        indicator.unit_code,
        indicator.period_grain,
        indicator.period_start,
        indicator.rule_set,
        indicator.boundary,
        catalogue.group_no,
        catalogue.display_group,
        sum(indicator.score) as score,
        sum(indicator.max_score) as max_score,
        count(*) filter (where indicator.status <> 'constant') as indicators,
        count(*) filter (where indicator.status_reason = 'no_source') as indicators_without_source,
        count(*) filter (where indicator.coverage = 'stale') as indicators_stale,
        count(*) filter (where indicator.coverage = 'partial') as indicators_partial
    from {{ ref('fct_indicator') }} as indicator
    inner join {{ ref('indicators') }} as catalogue on indicator.indicator_code = catalogue.code
    where indicator.procedure_code = '*' and catalogue.is_scored
    group by
        indicator.unit_code, indicator.period_grain, indicator.period_start, indicator.rule_set,
        indicator.boundary, catalogue.group_no, catalogue.display_group
)

select
    unit_code,
    period_grain,
    period_start,
    rule_set,
    boundary,
    group_no,
    display_group,
    case when indicators_without_source < indicators then coalesce(score, 0) end as score,
    max_score,
    indicators_without_source::int as indicators_without_source,
    indicators_stale::int as indicators_stale,
    indicators_partial::int as indicators_partial,
    indicators_without_source >= indicators as is_missing
from sums
