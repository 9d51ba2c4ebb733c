{{ config(indexes=[{'columns': ['unit_code', 'period_start', 'period_grain']}]) }}

-- The computed indicators: what the records say, scored by the rule set, with what they rest on.
-- boundary as_was: units as they stood in the period; as_is: restated to today's units. Both show the figures
-- of a scope: a unit that took nobody over has the same one in both.
with placed as (
    select
        scored.*,
        scopes.boundary,
        scopes.unit_code as shown_unit_code,
        scopes.unit_code = scopes.root_code as is_root,
        scopes.data_origin as shown_origin
    from {{ ref('int_scored_indicator') }} as scored
    inner join {{ ref('int_shown_scope') }} as scopes
        on
            scored.unit_code = scopes.stated_by
            and scored.period_grain = scopes.period_grain
            and scored.period_start = scopes.period_start
            and (scored.indicator_code in ('1.1', '1.2', '1.3')) = scopes.is_provincial
),

stated as (
    select
        scored.*,
        case
            when scored.scoring_type = 'constant' then 'constant'
            when scored.scoring_type = 'none' then 'not_applicable'
            when not scored.has_inputs then 'null'
            when scored.indicator_code in ('1.1', '1.2', '1.3') and not scored.is_root
                then 'inherited'
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
        end as status_reason
    from placed as scored
)

select
    stated.shown_unit_code as unit_code,
    stated.indicator_code,
    stated.period_grain,
    stated.period_start,
    stated.procedure_code,
    stated.rule_set,
    stated.boundary,
    stated.unit_code as scope_code,
    trim_scale(stated.numerator) as numerator,
    trim_scale(stated.denominator) as denominator,
    case
        when stated.scoring_type = 'none' then round(stated.exact_ratio, 4)
        else {{ round_by_mode('stated.exact_ratio', 'stated.decimals', 'stated.rounding_mode') }}
    end as ratio,
    stated.score,
    stated.max_points as max_score,
    stated.status,
    stated.status_reason,
    case when stated.scoring_type = 'constant' then trim_scale(stated.observed_numerator) end as observed_numerator,
    case when stated.scoring_type = 'constant' then trim_scale(stated.observed_denominator) end as observed_denominator,
    case
        when stated.scoring_type = 'constant'
            then round(100 * stated.observed_numerator / nullif(stated.observed_denominator, 0), 2)
    end as observed_ratio,
    case
        when not stated.has_inputs then 'missing'
        when cardinality(coverage.stale_inputs) > 0 then 'stale'
        when cardinality(coverage.missing_inputs) > 0 then 'partial'
        else 'complete'
    end as coverage,
    coverage.missing_inputs,
    coverage.stale_inputs,
    stated.is_provisional,
    stated.evaluated_at,
    stated.shown_origin as data_origin,
    evaluation.evaluation_id
from stated
inner join {{ ref('int_indicator_coverage') }} as coverage
    on stated.indicator_code = coverage.indicator_code and stated.root_code = coverage.root_code
cross join {{ ref('stg_audit__evaluation') }} as evaluation
