{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key=['scope_key', 'procedure_code'],
    indexes=[{'columns': ['scope_key', 'procedure_code']}],
    pre_hook="{{ forget_unless_kept() }}",
    post_hook="{{ delete_empty('population') }}"
) }}

-- Dossier counts per scope with all below it, period and procedure ('*' = all procedures). Each grain
-- is counted from dossiers: periods are never summed from one another.
-- depends_on: {{ ref('int_dossier_cell') }}, {{ ref('int_dossier_cell_changed') }}, {{ ref('int_scope_closure') }}
{%- if keeps_unaffected() %}
{{ with_difference(
    ['scope_key', 'unit_code', 'period_grain', 'period_start', 'procedure_code'], dossier_count_names(),
    summed_dossier_cells(ref('int_dossier_cell_changed')), ['scope_key', 'procedure_code']
) }}
{%- else %}
select * from {{ summed_dossier_cells(ref('int_dossier_cell')) }} as summed
{%- endif %}
