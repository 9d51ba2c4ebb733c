{#
  A model's schema is exactly the one its folder states: staging, intermediate, marts, reference.
  A trial build writes its models beside them, under the prefix that the environment names; seeds stay shared.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set trial = env_var('DECISION766_DBT_TRIAL', '') if node.resource_type == 'model' else '' -%}
    {{ trial }}{{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}
