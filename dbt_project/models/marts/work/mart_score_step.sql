-- The steps of each score: how many more cases reach how many points, up to the maximum. The scoring rule turned
-- round by its own macro; between two steps a further case scores nothing.
select
    indicator.unit_code,
    indicator.indicator_code,
    indicator.period_grain,
    indicator.period_start,
    indicator.rule_set,
    indicator.boundary,
    ({{ least_numerator('grid.points', 'indicator.denominator', 'rule') }} - indicator.numerator)::int as cases,
    max(grid.points) as score
from {{ ref('fct_indicator') }} as indicator
inner join {{ ref('scoring_rules') }} as rule
    on indicator.rule_set = rule.rule_set and indicator.indicator_code = rule.indicator_code
cross join
    lateral generate_series(
        indicator.score + (10 ^ -rule.decimals)::numeric, rule.max_points, (10 ^ -rule.decimals)::numeric
    ) as grid (points)
where
    indicator.procedure_code = '*' and indicator.boundary = 'as_was'
    and rule.scoring_type in ('linear', 'cap_at_target') and indicator.denominator > 0
group by
    indicator.unit_code, indicator.indicator_code, indicator.period_grain, indicator.period_start,
    indicator.rule_set, indicator.boundary, cases
