{#
  The clock of a dossier, judged at an instant (docs/readings.md, «Clock»). `dossier` is the alias
  of int_dossier_clock, `instant` a column: everything later than it has not happened yet.
  The three steps build on one another; a model selects them in three CTEs.
#}

{# Step 1: when the dossier ended, as known at the instant: done before returned before closed. #}
{% macro ended_at(dossier, instant) -%}
    case
        when {{ dossier }}.done_at <= {{ instant }} then {{ dossier }}.done_at
        when {{ dossier }}.returned_at <= {{ instant }} then {{ dossier }}.returned_at
        when {{ dossier }}.closed_at <= {{ instant }} then {{ dossier }}.closed_at
    end
{%- endmacro %}

{# Step 2: when its clock stopped: the end, a sole open supplement request, or the instant itself. #}
{% macro clock_end_at(dossier, ended_at, instant) -%}
    case
        when {{ ended_at }} is not null then {{ ended_at }}
        when {{ dossier }}.first_requested_at <= {{ instant }}
            and coalesce({{ dossier }}.second_requested_at > {{ instant }}, true)
            and coalesce({{ dossier }}.first_completed_at > {{ instant }}, true)
            then {{ dossier }}.first_requested_at
        else {{ instant }}
    end
{%- endmacro %}

{# Supplement time to subtract: of the request that was completed by the instant, up to the clock's end. #}
{% macro supplement_until(dossier, clock_end, instant) -%}
    case
        when {{ dossier }}.first_requested_at <= {{ instant }} and {{ dossier }}.first_completed_at <= {{ instant }}
            then greatest(
                least({{ dossier }}.first_completed_at, {{ clock_end }}), {{ dossier }}.first_requested_at
            )
    end
{%- endmacro %}

{# The promised instant that counts: with a request, the one before it, so that no time counts twice. #}
{% macro promised_at_instant(dossier, instant) -%}
    case
        when {{ dossier }}.first_requested_at <= {{ instant }}
            then coalesce({{ dossier }}.first_promised_before, {{ dossier }}.promised_at)
        else {{ dossier }}.promised_at
    end
{%- endmacro %}

{#
  Step 3: why it is on time or late. Needs, in `clock`: instant, clock_end, supplement_end,
  promised, received_at, first_requested_at, second_requested_at, max_time, max_time_unit and the
  working-day numbers wd_start, wd_end, wd_requested, wd_completed; has_catalogue says whether the
  maximum could be known at all.
#}
{% macro timeliness(clock) -%}
    case
        when {{ clock }}.second_requested_at <= {{ clock }}.instant then 'repeated_supplement'
        when {{ clock }}.promised is not null then
            case
                when {{ counted_end(clock) }} <= {{ clock }}.promised then 'on_time'
                else 'after_promised'
            end
        when not coalesce({{ clock }}.has_catalogue, true) then 'deadline_unknown'
        when {{ clock }}.max_time is null or {{ clock }}.max_time_unit is null then 'no_deadline'
        when {{ elapsed_within_maximum(clock) }} then 'on_time'
        else 'over_maximum'
    end
{%- endmacro %}

{% macro elapsed_within_maximum(clock) -%}
    case {{ clock }}.max_time_unit
        when 'working_day' then {{ elapsed_working_days(clock) }} <= {{ clock }}.max_time
        when 'hour' then {{ elapsed_seconds(clock) }} <= {{ clock }}.max_time * 3600
        when 'day' then {{ elapsed_seconds(clock) }} <= {{ clock }}.max_time * 86400
        when 'month' then {{ counted_end(clock) }} <= {{ maximum_months_end(clock) }}
        else false
    end
{%- endmacro %}

{% macro elapsed_seconds(clock) -%}
    extract(epoch from
        {{ clock }}.clock_end - {{ clock }}.received_at
        - coalesce({{ clock }}.supplement_end - {{ clock }}.first_requested_at, interval '0'))
{%- endmacro %}

{# The clock's end less the supplement time: the instant that is held against the promised one. #}
{% macro counted_end(clock) -%}
    {{ clock }}.clock_end
    - coalesce({{ clock }}.supplement_end - {{ clock }}.first_requested_at, interval '0')
{%- endmacro %}

{% macro elapsed_working_days(clock) -%}
    {{ clock }}.wd_end - {{ clock }}.wd_start - coalesce({{ clock }}.wd_completed - {{ clock }}.wd_requested, 0)
{%- endmacro %}

{% macro maximum_months_end(clock) -%}
    ({{ clock }}.received_at at time zone 'Asia/Ho_Chi_Minh'
        + make_interval(months => {{ clock }}.max_time::int)) at time zone 'Asia/Ho_Chi_Minh'
{%- endmacro %}

{#
  How much past its deadline, in seconds; null where it is in time (a deadline in working days:
  `late_by_working_days`) or where none decides (repeated supplement, no deadline). For explanations;
  `timeliness` decides.
#}
{% macro late_by_seconds(clock) -%}
    nullif(greatest(
        case
            when {{ clock }}.second_requested_at <= {{ clock }}.instant then null
            when {{ clock }}.promised is not null
                then extract(epoch from {{ counted_end(clock) }} - {{ clock }}.promised)
            when {{ clock }}.max_time_unit = 'hour' then {{ elapsed_seconds(clock) }} - {{ clock }}.max_time * 3600
            when {{ clock }}.max_time_unit = 'day' then {{ elapsed_seconds(clock) }} - {{ clock }}.max_time * 86400
            when {{ clock }}.max_time_unit = 'month'
                then extract(epoch from {{ counted_end(clock) }} - {{ maximum_months_end(clock) }})
        end, 0
    ), 0)::bigint
{%- endmacro %}

{% macro late_by_working_days(clock) -%}
    case
        when {{ clock }}.second_requested_at <= {{ clock }}.instant then null
        when {{ clock }}.promised is null and {{ clock }}.max_time_unit = 'working_day'
            then nullif(greatest({{ elapsed_working_days(clock) }} - {{ clock }}.max_time, 0), 0)::int
    end
{%- endmacro %}

{#
  The numbers of the working days that `timeliness` and processing times ask for, as joins of int_working_day to
  `clock` under the condition that they are asked for at all: where it does not hold, no date is looked up.
#}
{% macro join_working_days(clock, condition) -%}
    {%- for name, instant in [
        ('day_start', 'received_at'), ('day_end', 'clock_end'), ('day_requested', 'first_requested_at'),
        ('day_completed', 'supplement_end'),
    ] %}
    left join {{ ref('int_working_day') }} as {{ name }}
        on
            case
                when
                    {{ condition }}{% if name == 'day_requested' %} and {{ clock }}.supplement_end is not null{% endif %}
                    then {{ local_date(clock ~ '.' ~ instant) }}
            end = {{ name }}.day
    {%- endfor %}
{%- endmacro %}

{% macro working_day_numbers() -%}
    day_start.working_day_number as wd_start,
        day_end.working_day_number as wd_end,
        day_requested.working_day_number as wd_requested,
        day_completed.working_day_number as wd_completed
{%- endmacro %}

{# The last instant at which a dossier is asked anything: a period that begins after it does not count it. #}
{% macro counted_until(clock) -%}
    (coalesce(greatest({{ clock }}done_at, {{ clock }}returned_at, {{ clock }}closed_at), 'infinity'::timestamptz))
{%- endmacro %}
