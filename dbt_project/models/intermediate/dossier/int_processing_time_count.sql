{{ config(
    materialized='incremental', incremental_strategy='delete+insert',
    unique_key=[
        'unit_code', 'period_grain', 'period_start', 'procedure_code', 'max_time', 'max_time_unit', 'processing_time'
    ],
    indexes=[{'columns': ['unit_code', 'period_start', 'procedure_code']}],
    post_hook="{{ delete_empty('dossiers') }}"
) }}

-- How many dossiers took how long for 2.2, per their own unit, period and procedure: the distribution from which
-- means, medians and quantiles of any unit above follow exactly. max_time -1: the procedure states none.
-- depends_on: {{ ref('int_processing_time_changed') }}
{%- if is_incremental() %}
{{ with_difference(
    ['unit_code', 'period_grain', 'period_start', 'procedure_code', 'max_time', 'max_time_unit', 'processing_time'],
    ['dossiers'], ref('int_processing_time_changed')
) }}
{%- else %}
{{ processing_times(ref('int_processing_time')) }}
{%- endif %}
