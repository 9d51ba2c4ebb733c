{{ config(
    materialized='incremental', incremental_strategy='delete+insert',
    unique_key=['unit_code', 'period_grain', 'period_start', 'procedure_code', 'is_received', 'is_ever_synced'],
    indexes=[{'columns': ['unit_code', 'period_start', 'procedure_code']}],
    post_hook="{{ delete_empty('population') }}"
) }}

-- Dossier counts at the dossiers' own units ('' where a record names none), per period, procedure, whether received
-- in the period and whether the national feed holds them: the one pass over all dossiers and periods. Units above,
-- all procedures together and other populations are sums of these rows; periods are not.
-- depends_on: {{ ref('int_dossier_cell_changed') }}
{%- if is_incremental() %}
{{ with_difference(
    ['unit_code', 'period_grain', 'period_start', 'procedure_code', 'is_received', 'is_ever_synced'],
    dossier_count_names(), ref('int_dossier_cell_changed')
) }}
{%- else %}
{{ dossier_cells(ref('int_dossier_member')) }}
{%- endif %}
