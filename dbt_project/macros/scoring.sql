{#
  Scoring is data-driven: the rule's own columns decide. `rule` is the alias of a relation with
  max_points, scoring_type, full_marks_at, rounding_stage, rounding_mode, decimals (scoring_rules).
  Numerics throughout: a tie such as 6 × 1/48 = 0.125 is met exactly.
#}

{# Round by the mode that the rule names; `value` is repeated, so pass a column where speed counts. #}
{% macro round_by_mode(value, decimals, mode) -%}
    case
        when {{ mode }} = 'half_up' then round({{ value }}, {{ decimals }})
        when {{ mode }} = 'down' then trunc({{ value }}, {{ decimals }})
        -- half_even: only a number with exactly one more digit, a 5, is a tie.
        when {{ value }} = trunc({{ value }}, {{ decimals }} + 1)
            and abs({{ value }} - trunc({{ value }}, {{ decimals }})) * (10 ^ ({{ decimals }} + 1))::numeric = 5
            then round(
                round({{ value }} * (10 ^ {{ decimals }})::numeric / 2) * 2 / (10 ^ {{ decimals }})::numeric,
                {{ decimals }})
        else round({{ value }}, {{ decimals }})
    end
{%- endmacro %}

{# The percentage that the score is computed from: rounded first where the rule says so (payment). #}
{% macro scored_percentage(numerator, denominator, rule) -%}
    case {{ rule }}.rounding_stage
        when 'percentage_then_score' then
            {{ round_by_mode('(100 * ' ~ numerator ~ '::numeric / nullif(' ~ denominator ~ ', 0))',
                             rule ~ '.decimals', rule ~ '.rounding_mode') }}
        else 100 * {{ numerator }}::numeric / nullif({{ denominator }}, 0)
    end
{%- endmacro %}

{# Points before rounding; `percentage` is null when there is no ratio. Multiplies before it divides. #}
{% macro raw_points(percentage, numerator, denominator, rule) -%}
    case
        when {{ rule }}.scoring_type = 'none' then null
        when {{ rule }}.scoring_type = 'constant' then {{ rule }}.constant_points
        when {{ denominator }} is null or {{ numerator }} is null then null
        when {{ denominator }} = 0 then
            case {{ rule }}.zero_denominator
                when 'zero' then 0
                when 'full' then {{ rule }}.max_points
            end
        when {{ rule }}.rounding_stage = 'percentage_then_score' then
            least({{ rule }}.max_points,
                {{ rule }}.max_points * {{ percentage }} / coalesce({{ rule }}.full_marks_at, 100))
        else
            least({{ rule }}.max_points,
                {{ rule }}.max_points * {{ numerator }}::numeric * 100
                / ({{ denominator }}::numeric * coalesce({{ rule }}.full_marks_at, 100)))
    end
{%- endmacro %}

{# The score of a numerator and a denominator under a rule: points, rounded as the rule says. #}
{% macro indicator_score(numerator, denominator, rule) -%}
    {%- set percentage = '(' ~ scored_percentage(numerator, denominator, rule) ~ ')' -%}
    {%- set points = '(' ~ raw_points(percentage, numerator, denominator, rule) ~ ')' -%}
    {{ round_by_mode(points, rule ~ '.decimals', rule ~ '.rounding_mode') }}
{%- endmacro %}

{#
  The scoring turned round: the least numerator that scores at least `points` with this denominator; null where
  none does. `points` is a multiple of 10^-decimals above 0. Exact, nothing is tried out: the bound from which a
  number rounds to `points` is multiplied first and divided last, and the rounding mode says whether it belongs.
#}
{% macro least_numerator(points, denominator, rule) -%}
    {%- set scale = '(10 ^ ' ~ rule ~ '.decimals)::numeric' -%}
    {%- set full_marks = 'coalesce(' ~ rule ~ '.full_marks_at, 100)' -%}
    case
        when {{ rule }}.scoring_type not in ('linear', 'cap_at_target') then null
        when coalesce({{ denominator }}, 0) = 0 or {{ points }} > {{ rule }}.max_points then null
        when {{ rule }}.rounding_stage = 'percentage_then_score' then
            {%- set percentage = '(' ~ least_multiple(points, full_marks ~ ' * ' ~ scale,
                                                      rule ~ '.max_points', rule) ~ ' / ' ~ scale ~ ')' %}
            {{ least_multiple(percentage, denominator ~ '::numeric', '100', rule) }}
        else
            {{ least_multiple(points, denominator ~ '::numeric * ' ~ full_marks,
                              '(100 * ' ~ rule ~ '.max_points)', rule) }}
    end
{%- endmacro %}

{# The least integer k for which k × divisor / factor rounds to at least `value`, by the rule's rounding. #}
{% macro least_multiple(value, factor, divisor, rule) -%}
    {%- set scale = '(10 ^ ' ~ rule ~ '.decimals)::numeric' -%}
    {%- set least = '(' ~ value ~ ' - case when ' ~ rule ~ ".rounding_mode = 'down' then 0 else 0.5 / " ~ scale
        ~ ' end) * ' ~ factor ~ ' / ' ~ divisor -%}
    case
        -- Half to even: the bound goes to its even neighbour, so it belongs only where that is `value`.
        when {{ rule }}.rounding_mode = 'half_even' and mod(trunc({{ value }} * {{ scale }}), 2) = 1
            then floor({{ least }}) + 1
        else ceil({{ least }})
    end
{%- endmacro %}

{#
  One number for a scope and period, to join figures by: over three columns that go together the planner expects next to
  no rows, and then reads one side again for each row of the other. int_scope_period proves that no two share it.
#}
{% macro scope_key(scope, period) -%}
    hashtextextended(
        {{ scope }} || '|' || {{ period }}.period_grain || '|' || ({{ period }}.period_start - date '2000-01-01')::text, 0
    )
{%- endmacro %}
