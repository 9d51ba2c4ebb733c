-- The likely cause of each difference: of the causes that their evidence supports one that can make this
-- kind of difference, exact ones first, then in the order of reconciliation_causes; the others beside it.
with differing as (
    select
        unit_code,
        indicator_code,
        period_grain,
        period_start,
        case when has_different_parts then 'parts' else 'score' end as differs_in
    from {{ ref('int_compared_indicator') }}
    where is_computed and is_published and (has_different_parts or has_different_score)
),

ranked as (
    select
        differing.*,
        evidence.cause,
        evidence.is_exact,
        causes.precedence,
        causes.explains in (differing.differs_in, 'both') as can_explain,
        row_number() over (
            partition by
                differing.unit_code, differing.indicator_code, differing.period_grain, differing.period_start
            order by
                causes.explains in (differing.differs_in, 'both') desc, evidence.is_exact desc, causes.precedence asc
        ) as place
    from differing
    left join {{ ref('int_cause_evidence') }} as evidence
        on
            differing.unit_code = evidence.unit_code
            and differing.indicator_code = evidence.indicator_code
            and differing.period_grain = evidence.period_grain
            and differing.period_start = evidence.period_start
    left join {{ ref('reconciliation_causes') }} as causes on evidence.cause = causes.cause
)

select
    unit_code,
    indicator_code,
    period_grain,
    period_start,
    coalesce(max(cause) filter (where place = 1 and can_explain), 'unexplained') as cause,
    coalesce(bool_or(is_exact) filter (where place = 1 and can_explain), false) as is_exact,
    array_agg(cause order by precedence)
    filter (where cause is not null and not (place = 1 and can_explain)) as further_causes
from ranked
group by unit_code, indicator_code, period_grain, period_start
