{{ config(
    materialized='incremental', incremental_strategy='delete+insert',
    unique_key=['window_key', 'cut_on', 'is_final', 'unit_code', 'entry_day'],
    pre_hook="{{ forget_unless_cuts_kept() }}",
    post_hook="{{ delete_empty('population') }}"
) }}

-- Dossiers of a unit of its own, per window, cut and day (week) of entry: what the measures count. cut_on of a final
-- cut is infinity: it moves with evaluated_at until the window is over, and its rows stay.
-- depends_on: {{ ref('int_target_cut') }}, {{ ref('int_target_cut_before') }}, {{ ref('int_target_dossier_changed') }}
{%- if keeps_cuts() %}
{{ with_difference(
    ['window_key', 'cut_on', 'is_final', 'unit_code', 'entry_day'], dossier_count_names(),
    ref('int_target_dossier_changed')
) }}
{%- else %}
{{ target_days(ref('int_target_dossier')) }}
{%- endif %}
