-- How each indicator scores under each rule set: rows with validity and provenance, never constants.
select
    rule.rule_set,
    rule.indicator_code,
    rule.max_points,
    rule.scoring_type,
    rule.full_marks_at,
    rule.zero_denominator,
    rule.constant_points,
    rule.constant_ratio,
    rule.rounding_stage,
    rule.rounding_mode,
    rule.decimals,
    rule.valid_from,
    rule.valid_to,
    rule.provenance,
    rule.notes
from {{ ref('scoring_rules') }} as rule
