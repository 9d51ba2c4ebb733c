{{ config(pre_hook="set local enable_nestloop = off") }}

-- Measures that count procedures, services or communes, per figure, window and counted day. Joins over seven
-- columns look like one row to the planner: loops over thousands of procedures are switched off.
{% set figure = 'scope_code, window_key, measure_code, day, row_kind, unit_code, unit_level' %}
select
    {{ figure }},
    count(*) filter (where is_in_denominator and is_in_numerator) as numerator,
    count(*) filter (where is_in_denominator) as denominator
from {{ ref('int_target_procedure_case') }}
group by {{ figure }}
{% for cases in ['int_target_service_case', 'int_target_commune_case'] %}
union all
select
    {{ figure }},
    count(*) filter (where is_in_numerator) as numerator,
    count(*) as denominator
from {{ ref(cases) }}
group by {{ figure }}
{% endfor %}
