{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key=['scope_key', 'procedure_code'],
    indexes=[{'columns': ['scope_key', 'procedure_code']}],
    pre_hook="{{ forget_unless_kept() }}",
    post_hook="{{ delete_empty('denominator') }}"
) }}

-- 2.2: summed processing time and the number of dossiers, per scope, period and procedure, in the unit
-- of the procedure.
-- depends_on: {{ ref('int_processing_time_count') }}, {{ ref('int_processing_time_changed') }}
-- depends_on: {{ ref('int_scope_closure') }}
{%- if keeps_unaffected() %}
{{ with_difference(
    ['scope_key', 'unit_code', 'period_grain', 'period_start', 'procedure_code', 'indicator_code'],
    ['numerator', 'denominator'],
    summed_processing_times(ref('int_processing_time_changed')), ['scope_key', 'procedure_code']
) }}
{%- else %}
select * from {{ summed_processing_times(ref('int_processing_time_count')) }} as summed
{%- endif %}
