{#
  The rows of fct_indicator for the units and periods of `scopes` (int_shown_scope, or some of its rows); of affected
  procedures alone where the row of `scopes` is not whole (int_shown_scope_affected). Figures of all
  procedures together are stored; those of single procedures are scored where they are read: what millions of figures
  follow from is written once, as counts.
#}
{% macro indicator_figures(scopes, of_affected_procedures=false) -%}
select
    {{ shown_figure('scored', 'scopes', 'coverage', 'scored.unit_code') }}
from {{ ref('int_scored_indicator') }} as scored
inner join {{ scopes }} as scopes
    on scored.scope_key = scopes.scope_key and scored.is_provincial = scopes.is_provincial
inner join {{ ref('int_indicator_coverage') }} as coverage
    on scored.indicator_code = coverage.indicator_code and scored.root_code = coverage.root_code
{%- for counts, indicator_code, numerator, denominator in [
    ('int_dossier_count', 'measures.indicator_code', 'measures.numerator', 'measures.denominator'),
    ('int_service_count', "'3.2'::text", 'observed.services_with_dossiers', 'observed.services'),
    ('int_processing_time_indicator', "'2.2'::text", 'observed.numerator', 'observed.denominator'),
] %}
union all
select
    {{ shown_figure('scored', 'scored', 'scored', 'scored.scope_code') }}
from (
    {{ figures_of_procedures(scopes, ref(counts), indicator_code, numerator, denominator, of_affected_procedures) }}
) as scored
{%- endfor %}
{%- endmacro %}

{#
  One family of counts (one row per scope, period and procedure) as scored figures, wherever there are records.
#}
{% macro figures_of_procedures(scopes, counts, indicator_code, numerator, denominator, of_affected_procedures) -%}
    with valued as (
        select
            scopes.boundary,
            scopes.unit_code,
            scopes.root_code,
            scopes.data_origin,
            observed.unit_code as scope_code,
            scopes.period_grain,
            scopes.period_start,
            scopes.scope_key,
            observed.procedure_code,
            {{ indicator_code }} as indicator_code,
            scopes.is_provisional,
            coverage.has_inputs,
            coverage.missing_inputs,
            coverage.stale_inputs,
            case when coverage.has_inputs then {{ numerator }}::numeric end as observed_numerator,
            case when coverage.has_inputs then {{ denominator }}::numeric end as observed_denominator
        from {{ scopes }} as scopes
        inner join {{ counts }} as observed on scopes.scope_key = observed.scope_key
        {%- if indicator_code.startswith('measures') %}
        cross join
            lateral (
                {{ dossier_indicator_values('observed') }}
            ) as measures (indicator_code, numerator, denominator)
        {%- endif %}
        inner join {{ ref('int_indicator_coverage') }} as coverage
            on {{ indicator_code }} = coverage.indicator_code and scopes.scope_root_code = coverage.root_code
        where
            not scopes.is_provincial and observed.procedure_code <> '*'
            {%- if of_affected_procedures %}
            and (
                scopes.is_whole
                or (observed.scope_key, observed.procedure_code) in (
                    select
                        changed.scope_key,
                        changed.procedure_code
                    from {{ ref('int_procedure_affected') }} as changed
                )
            )
            {%- endif %}
            {%- if indicator_code.startswith('measures') %}
            and measures.indicator_code in (
                select grain.indicator_code from {{ ref('procedure_grain_indicators') }} as grain
            )
            {%- endif %}
    ),

    {{ scored_by_rule_sets(['boundary', 'scope_code', 'data_origin', 'missing_inputs', 'stale_inputs']) }}
{%- endmacro %}

{#
  What follows a CTE `valued` of observed numerators and denominators: each scored by every rule set that is valid in
  its period. One row per row and rule. more: further columns of `valued` to hand on.
#}
{% macro scored_by_rule_sets(more=[]) -%}
ruled as (
    select
        valued.*,
        rule.rule_set,
        rule.max_points,
        rule.scoring_type,
        rule.full_marks_at,
        rule.zero_denominator,
        rule.constant_points,
        rule.constant_ratio,
        rule.rounding_stage,
        rule.rounding_mode,
        rule.decimals,
        case when rule.scoring_type <> 'constant' then valued.observed_numerator end as numerator,
        case when rule.scoring_type <> 'constant' then valued.observed_denominator end as denominator
    from valued
    inner join {{ ref('scoring_rules') }} as rule
        on
            valued.indicator_code = rule.indicator_code
            and coalesce(rule.valid_from <= valued.period_start, true)
            and coalesce(rule.valid_to >= valued.period_start, true)
),

percentaged as (
    select
        ruled.*,
        {{ scored_percentage('ruled.numerator', 'ruled.denominator', 'ruled') }} as percentage
    from ruled
),

pointed as (
    select
        percentaged.*,
        {{ raw_points('percentaged.percentage', 'percentaged.numerator', 'percentaged.denominator', 'percentaged') }}
            as points
    from percentaged
)

select
    {%- for name in more %}
    pointed.{{ name }},
    {%- endfor %}
    pointed.unit_code,
    pointed.root_code,
    pointed.period_grain,
    pointed.period_start,
    pointed.scope_key,
    pointed.procedure_code,
    pointed.indicator_code,
    pointed.indicator_code in ('1.1', '1.2', '1.3') as is_provincial,
    pointed.rule_set,
    pointed.has_inputs,
    pointed.is_provisional,
    pointed.max_points,
    pointed.scoring_type,
    trim_scale(pointed.observed_numerator) as observed_numerator,
    trim_scale(pointed.observed_denominator) as observed_denominator,
    trim_scale(pointed.numerator) as numerator,
    trim_scale(pointed.denominator) as denominator,
    case
        when pointed.scoring_type = 'none' then round(pointed.numerator / nullif(pointed.denominator, 0), 4)
        when pointed.scoring_type = 'constant'
            then {{ round_by_mode('pointed.constant_ratio', 'pointed.decimals', 'pointed.rounding_mode') }}
        else {{ round_by_mode('pointed.percentage', 'pointed.decimals', 'pointed.rounding_mode') }}
    end as ratio,
    {{ round_by_mode('pointed.points', 'pointed.decimals', 'pointed.rounding_mode') }} as score
from pointed
{%- endmacro %}

{#
  The columns of fct_indicator. scored, scopes, coverage: aliases of the figure, of what shows it, of what its inputs
  are; scope_code: the scope whose figure it is.
#}
{% macro shown_figure(scored, scopes, coverage, scope_code) -%}
    {{ scopes }}.unit_code,
    {{ scored }}.indicator_code,
    {{ scopes }}.period_grain,
    {{ scopes }}.period_start,
    {{ scored }}.procedure_code,
    {{ scored }}.rule_set,
    {{ scopes }}.boundary,
    {{ scope_code }} as scope_code,
    {{ scored }}.numerator,
    {{ scored }}.denominator,
    {{ scored }}.ratio,
    {{ scored }}.score,
    {{ scored }}.max_points as max_score,
    case
        when {{ scored }}.scoring_type = 'constant' then 'constant'
        when {{ scored }}.scoring_type = 'none' then 'not_applicable'
        when not {{ scored }}.has_inputs then 'null'
        when {{ scored }}.is_provincial and {{ scopes }}.unit_code <> {{ scopes }}.root_code then 'inherited'
        when {{ scored }}.score is null then 'null'
        else 'scored'
    end as status,
    case
        when {{ scored }}.scoring_type = 'constant' then 'portal_constant'
        when not {{ scored }}.has_inputs then 'no_source'
        when {{ scored }}.scoring_type = 'none' and {{ scored }}.procedure_code = '*' then 'by_procedure_only'
        when {{ scored }}.scoring_type = 'none' then 'not_scored'
        when {{ scored }}.denominator = 0 then 'zero_denominator'
        when {{ scored }}.denominator is null then 'no_denominator'
    end as status_reason,
    case when {{ scored }}.scoring_type = 'constant' then {{ scored }}.observed_numerator end as observed_numerator,
    case when {{ scored }}.scoring_type = 'constant' then {{ scored }}.observed_denominator end as observed_denominator,
    case
        when {{ scored }}.scoring_type = 'constant'
            then round(100 * {{ scored }}.observed_numerator / nullif({{ scored }}.observed_denominator, 0), 2)
    end as observed_ratio,
    case
        when not {{ scored }}.has_inputs then 'missing'
        when cardinality({{ coverage }}.stale_inputs) > 0 then 'stale'
        when cardinality({{ coverage }}.missing_inputs) > 0 then 'partial'
        else 'complete'
    end as coverage,
    {{ coverage }}.missing_inputs,
    {{ coverage }}.stale_inputs,
    {{ scored }}.is_provisional,
    (select evaluation.evaluated_at from {{ ref('int_scored_evaluation') }} as evaluation) as evaluated_at,
    {{ scopes }}.data_origin,
    (select evaluation.evaluation_id from {{ ref('int_scored_evaluation') }} as evaluation) as evaluation_id
{%- endmacro %}
