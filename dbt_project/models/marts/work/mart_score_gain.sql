-- What an indicator needs of a unit and period: cases to the next whole point, to full marks, to the target, and to
-- the next band by this indicator alone. A case is one more in the numerator, the denominator as it stands.
with scored as (
    select
        indicator.*,
        card.total_score,
        band.band as next_band,
        band.lower_bound - card.total_score as points_to_next_band,
        least(floor(indicator.score) + 1, indicator.max_score) as next_point
    from {{ ref('fct_indicator') }} as indicator
    left join {{ ref('mart_scorecard') }} as card
        on
            indicator.unit_code = card.unit_code
            and indicator.period_grain = card.period_grain
            and indicator.period_start = card.period_start
            and indicator.rule_set = card.rule_set
            and indicator.boundary = card.boundary
    left join lateral (
        select
            bands.band,
            bands.lower_bound
        from {{ ref('bands') }} as bands
        where bands.rule_set = indicator.rule_set and bands.lower_bound > card.total_score
        order by bands.lower_bound
        limit 1
    ) as band on true
    where indicator.procedure_code = '*' and indicator.boundary = 'as_was'
),

-- Indicators for which something can still be done. A missing deadline is the only hope of 2.1 and 5.3, and rare:
-- there the unit must have an open dossier without one.
improvable as (
    select
        indicator_code,
        bool_or(fixable in ('yes', 'while_open') and reason_code <> 'no_deadline') as is_always,
        bool_or(fixable in ('in_period', 'until_due')) as is_in_period,
        bool_or(fixable <> 'no' and reason_code = 'no_deadline') as is_by_deadline
    from {{ ref('fixable_reasons') }}
    group by indicator_code
),

without_deadline as (
    select distinct closure.ancestor_code as unit_code
    from {{ ref('int_dossier_deadline') }} as dossier
    inner join {{ ref('int_unit_closure') }} as closure on dossier.unit_code = closure.unit_code
    where dossier.reason_code = 'no_deadline'
)

select
    scored.unit_code,
    scored.indicator_code,
    scored.period_grain,
    scored.period_start,
    scored.rule_set,
    scored.boundary,
    scored.numerator,
    scored.denominator,
    scored.score,
    scored.max_score,
    case
        when rule.scoring_type in ('constant', 'none') then false
        when scored.score is null or scored.status = 'inherited' then false
        when scored.score >= scored.max_score then false
        else coalesce(
            improvable.is_always
            or (improvable.is_in_period and scored.is_provisional)
            or (improvable.is_by_deadline and without_deadline.unit_code is not null), false
        )
    end as is_improvable,
    case when scored.score < scored.max_score then scored.next_point end as next_point,
    case
        when scored.score < scored.max_score
            then ({{ least_numerator('scored.next_point', 'scored.denominator', 'rule') }} - scored.numerator)::int
    end as cases_to_next_point,
    case
        when scored.score < scored.max_score
            then ({{ least_numerator('rule.max_points', 'scored.denominator', 'rule') }} - scored.numerator)::int
    end as cases_to_full_marks,
    target.target_id,
    target.target_percent,
    target.is_in_force as is_target_in_force,
    case
        when scored.denominator > 0 and target.target_percent is not null
            then greatest(ceil(target.target_percent * scored.denominator / 100) - scored.numerator, 0)::int
    end as cases_to_target,
    scored.total_score,
    scored.next_band,
    scored.points_to_next_band,
    (
        {{ least_numerator('(scored.score + scored.points_to_next_band)', 'scored.denominator', 'rule') }}
        - scored.numerator
    )::int as cases_to_next_band,
    scored.is_provisional,
    scored.evaluated_at,
    scored.data_origin
from scored
inner join {{ ref('scoring_rules') }} as rule
    on scored.rule_set = rule.rule_set and scored.indicator_code = rule.indicator_code
left join improvable on scored.indicator_code = improvable.indicator_code
left join without_deadline on scored.unit_code = without_deadline.unit_code
left join {{ ref('int_indicator_target') }} as target
    on
        scored.unit_code = target.unit_code
        and scored.period_grain = target.period_grain
        and scored.period_start = target.period_start
        and scored.indicator_code = target.indicator_code
