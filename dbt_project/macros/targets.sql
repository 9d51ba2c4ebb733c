{# Names a window of a target by its first and last day; one without an end ends with the slash. #}
{% macro target_window_key(first_day, last_day) -%}
    {{ first_day }}::text || '/' || coalesce({{ last_day }}::text, '')
{%- endmacro %}

{#
  The rate that a target wants, in percent, at most 100: as stated, or raised from the measured base by a
  share of it, by points, or by points for each year since. Null where the target binds another level, or
  where the base was not measured.
#}
{% macro target_percent(target) -%}
    case
        when not {{ target }}.is_bound then null
        when {{ target }}.target_kind = 'absolute' then {{ target }}.stated_percent
        when {{ target }}.base_percent is null then null
        when {{ target }}.target_kind = 'relative_percent'
            then least(100, {{ target }}.base_percent * (100 + {{ target }}.change_value) / 100)
        when {{ target }}.target_kind = 'percentage_points'
            then least(100, {{ target }}.base_percent + {{ target }}.change_value)
        when {{ target }}.target_kind = 'yearly_points'
            then least(100, {{ target }}.base_percent + {{ target }}.change_value * {{ target }}.years_since_base)
    end
{%- endmacro %}

{# Where the linear pace starts: at the measured base of a relative target, at 0 for one that names a rate. #}
{% macro target_pace_start(target) -%}
    case
        when {{ target }}.target_kind = 'absolute' then 0
        when {{ target }}.target_kind = 'yearly_points' and {{ target }}.base_percent is not null
            then least(
                100, {{ target }}.base_percent + {{ target }}.change_value * ({{ target }}.years_since_base - 1)
            )
        else {{ target }}.base_percent
    end
{%- endmacro %}

{#
  How much of the period has passed: the first day is day 0, the last one the whole (1 March to 9 May: 69
  days). Null before it begins, and where it has no end.
#}
{% macro target_elapsed_share(target) -%}
    case
        when not {{ target }}.has_begun or {{ target }}.period_end is null then null
        when {{ target }}.has_ended or {{ target }}.period_end = {{ target }}.period_start then 1
        else ({{ target }}.judged_on - {{ target }}.period_start)::numeric
            / ({{ target }}.period_end - {{ target }}.period_start)
    end
{%- endmacro %}

{# Cases that reach the target at the denominator counted so far: 109.6 of them means 110. #}
{% macro target_cases(target_percent, denominator) -%}
    ceil(round({{ target_percent }} * {{ denominator }} / 100, 6))
{%- endmacro %}

{# Half the width of the forecast's interval: of the mean of the weeks seen and of those to come. #}
{% macro target_half_width(spread, student) -%}
    {{ student }}.quantile * sqrt({{ spread }}.variance) / {{ spread }}.weekly_cases
    * sqrt(1.0 / {{ spread }}.weeks + 1.0 / {{ spread }}.weeks_left)
{%- endmacro %}
