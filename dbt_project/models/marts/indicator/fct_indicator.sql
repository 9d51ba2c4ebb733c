{{ config(materialized='view') }}

-- The computed indicators: what the records say, scored by the rule set, with what they rest on.
-- boundary as_was: units as they stood in the period; as_is: restated to today's units. Both show the figures
-- of a scope: a unit that took nobody over has the same one in both. A view: int_scored_indicator holds each figure
-- once, int_shown_scope says which unit shows it, and evaluated_at stands in every row.
select
    scopes.unit_code,
    scored.indicator_code,
    scopes.period_grain,
    scopes.period_start,
    scored.procedure_code,
    scored.rule_set,
    scopes.boundary,
    scored.unit_code as scope_code,
    scored.numerator,
    scored.denominator,
    scored.ratio,
    scored.score,
    scored.max_points as max_score,
    case
        when scored.scoring_type = 'constant' then 'constant'
        when scored.scoring_type = 'none' then 'not_applicable'
        when not scored.has_inputs then 'null'
        when scored.is_provincial and scopes.unit_code <> scopes.root_code then 'inherited'
        when scored.score is null then 'null'
        else 'scored'
    end as status,
    case
        when scored.scoring_type = 'constant' then 'portal_constant'
        when not scored.has_inputs then 'no_source'
        when scored.scoring_type = 'none' and scored.procedure_code = '*' then 'by_procedure_only'
        when scored.scoring_type = 'none' then 'not_scored'
        when scored.denominator = 0 then 'zero_denominator'
        when scored.denominator is null then 'no_denominator'
    end as status_reason,
    case when scored.scoring_type = 'constant' then scored.observed_numerator end as observed_numerator,
    case when scored.scoring_type = 'constant' then scored.observed_denominator end as observed_denominator,
    case
        when scored.scoring_type = 'constant'
            then round(100 * scored.observed_numerator / nullif(scored.observed_denominator, 0), 2)
    end as observed_ratio,
    case
        when not scored.has_inputs then 'missing'
        when cardinality(coverage.stale_inputs) > 0 then 'stale'
        when cardinality(coverage.missing_inputs) > 0 then 'partial'
        else 'complete'
    end as coverage,
    coverage.missing_inputs,
    coverage.stale_inputs,
    scored.is_provisional,
    (select evaluation.evaluated_at from {{ ref('int_scored_evaluation') }} as evaluation) as evaluated_at,
    scopes.data_origin,
    (select evaluation.evaluation_id from {{ ref('int_scored_evaluation') }} as evaluation) as evaluation_id
from {{ ref('int_scored_indicator') }} as scored
inner join {{ ref('int_shown_scope') }} as scopes
    on scored.scope_key = scopes.scope_key and scored.is_provincial = scopes.is_provincial
inner join {{ ref('int_indicator_coverage') }} as coverage
    on scored.indicator_code = coverage.indicator_code and scored.root_code = coverage.root_code
