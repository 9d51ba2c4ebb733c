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
    {%- set trial = env_var('DECISION766_DBT_TRIAL', '') -%}
    {%- set held = api.Relation.create(database=relation.database, schema=trial ~ 'intermediate') -%}
    {%- set audit = api.Relation.create(database=relation.database, schema=trial ~ 'audit') -%}
    {%- set staging = api.Relation.create(database=relation.database, schema=trial ~ 'staging') -%}
    {%- set of_batches = 'batch_id = any(array(select work.batch_id from ' ~ audit ~ '.work_ledger as work where '
        ~ 'work.evaluation_id = (select evaluation_id from ' ~ staging ~ '.stg_audit__evaluation)))' -%}
    {%- set of_codes = 'newest_code = any(array(select newest_code from ' ~ held ~ '.int_dossier_affected))' -%}
    {%- set of_cells = '(unit_code, period_grain, period_start, procedure_code) in ('
        ~ 'select unit_code, period_grain, period_start, procedure_code from ' ~ held ~ '.int_cell_changed)' -%}
    {%- set of_scopes = 'scope_key = any(array(select scope_key from ' ~ held ~ '.int_scope_affected))' -%}
    {%- set of_new_day = 'scope_key = any(array(select scope_key from ' ~ held ~ '.int_scope_moved where is_new_day))' -%}
    {%- set written = {
        'stg_onestop__dossier': of_batches, 'stg_onestop__sync_receipt': of_batches,
        'int_dossier_state': of_codes,
        'int_dossier_cell': of_cells, 'int_processing_time_count': of_cells,
        'int_dossier_count': of_scopes, 'int_service_count': of_scopes, 'int_processing_time_indicator': of_scopes,
        'int_unit_authority': of_new_day, 'int_unit_service': of_new_day,
    } -%}
    {%- if relation.identifier == 'fct_indicator' -%}
        {{ return(held ~ '.int_indicator_affected') }}
    {%- elif relation.identifier in written -%}
        {{ return('(select * from ' ~ relation ~ ' where ' ~ written[relation.identifier] ~ ') as written') }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}
