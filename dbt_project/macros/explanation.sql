{#
  Reasons of a dossier (seed explanation_reasons). They name what a flag of int_dossier_fact says and
  never decide it. `member`: int_dossier_period; `dossier`: what holds its instants.
#}

{# Why the clock of a dossier calls it on time or late (2.1, and 5.3 where it is late). #}
{% macro progress_reason(member, dossier) -%}
    case {{ member }}.timeliness
        when 'on_time' then
            case
                when {{ is_closed_at(member, dossier) }} then 'closed_in_time'
                when {{ member }}.ended_at is not null then 'ended_in_time'
                when {{ member }}.clock_end < {{ member }}.judged_at then 'waiting_in_time'
                else 'open_in_time'
            end
        when 'after_promised' then
            case
                when {{ is_closed_at(member, dossier) }} then 'closed_late'
                when {{ member }}.ended_at is not null then 'ended_late'
                when {{ member }}.clock_end < {{ member }}.judged_at then 'asked_late'
                else 'open_late'
            end
        when 'over_maximum' then
            case when {{ member }}.ended_at is null then 'open_over_maximum' else 'over_maximum' end
        else {{ member }}.timeliness
    end
{%- endmacro %}

{# Refused, stopped or withdrawn: neither done nor returned by then. #}
{% macro is_closed_at(member, dossier) -%}
    {{ member }}.ended_at = {{ dossier }}.closed_at
                    and coalesce({{ dossier }}.done_at > {{ member }}.judged_at, true)
                    and coalesce({{ dossier }}.returned_at > {{ member }}.judged_at, true)
{%- endmacro %}

{# Why a petition is on time or late (5.1, and 5.2 where it is late): its outcome and whether in time. #}
{% macro petition_reason(petition) -%}
    case
        when {{ petition }}.is_on_time then 'petition_' || {{ petition }}.outcome || '_in_time'
        when {{ petition }}.is_step_on_time then 'petition_publication_late'
        else 'petition_' || {{ petition }}.outcome || '_late'
    end
{%- endmacro %}
