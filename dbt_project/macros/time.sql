{# The local date of an instant: every rule of the set speaks of days in Viet Nam. #}
{% macro local_date(instant) -%}
    ({{ instant }} at time zone 'Asia/Ho_Chi_Minh')::date
{%- endmacro %}

{# Local midnight at the start of a date, as an instant. #}
{% macro start_of_day(day) -%}
    (({{ day }})::timestamp at time zone 'Asia/Ho_Chi_Minh')
{%- endmacro %}

{# The last second of a date, as an instant: windows and E are read to the second. #}
{% macro end_of_day(day) -%}
    ((({{ day }})::timestamp + interval '1 day' - interval '1 second') at time zone 'Asia/Ho_Chi_Minh')
{%- endmacro %}
