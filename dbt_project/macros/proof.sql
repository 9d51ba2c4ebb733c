{#
  What a data test reads of a model. In a build that follows the last one it reads the rows that this build may have
  written: a row that was kept was proved by the build that wrote it. Any other build, and whoever runs dbt by hand, reads
  all of it. Overrides dbt's macro of this name, which knows `where` alone.
#}
{% macro get_where_subquery(relation) -%}
    {%- set where, written = config.get('where', ''), written_rows(relation) -%}
    {%- if where or written -%}
        {{ return('(select * from ' ~ (written or relation) ~ (' where ' ~ where if where else '') ~ ') as dbt_subquery') }}
    {%- endif -%}
    {{ return(relation) }}
{%- endmacro %}

{# The rows of a large model that a following build may have written; none where it is to be read as a whole. #}
{% macro written_rows(relation) -%}
    {%- if not execute or env_var('DECISION766_DBT_FOLLOWS', '') != 'yes' -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set held = api.Relation.create(
        database=relation.database, schema=env_var('DECISION766_DBT_TRIAL', '') ~ 'intermediate'
    ) -%}
    {%- set of_dossiers = 'array(select affected.newest_code from ' ~ held ~ '.int_dossier_affected as affected)' -%}
    {%- set rows = {
        'fct_indicator': held ~ '.int_indicator_affected',
        'int_dossier_state': '(select * from ' ~ relation ~ ' where newest_code = any(' ~ of_dossiers ~ ')) as written',
    } -%}
    {{ return(rows.get(relation.identifier)) }}
{%- endmacro %}
