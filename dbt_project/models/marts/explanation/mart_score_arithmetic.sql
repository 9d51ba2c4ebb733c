-- The steps from fct_indicator's numerator and denominator to its score, by the rule's own columns and
-- the macros that scored it: the percentage, the points before rounding, and the rule.
select
    indicator.unit_code,
    indicator.indicator_code,
    indicator.period_grain,
    indicator.period_start,
    indicator.procedure_code,
    indicator.rule_set,
    indicator.boundary,
    rule.scoring_type,
    rule.max_points,
    rule.full_marks_at,
    rule.zero_denominator,
    rule.constant_points,
    rule.rounding_stage,
    rule.rounding_mode,
    rule.decimals,
    rule.provenance,
    {{ scored_percentage('indicator.numerator', 'indicator.denominator', 'rule') }} as percentage,
    {{ raw_points(scored_percentage('indicator.numerator', 'indicator.denominator', 'rule'),
                  'indicator.numerator', 'indicator.denominator', 'rule') }} as points,
    indicator.score
from {{ ref('fct_indicator') }} as indicator
inner join {{ ref('scoring_rules') }} as rule
    on indicator.rule_set = rule.rule_set and indicator.indicator_code = rule.indicator_code
