{{ config(
    materialized='incremental', incremental_strategy='delete+insert',
    unique_key=['unit_code', 'received_month', 'channel', 'filing'],
    post_hook="{{ delete_empty('dossiers') }}"
) }}

-- Dossiers received by each unit itself ('' where a record names none), by month, channel and how they can have been
-- filed. A dossier is received in one month only, so that the months of a period give its count.
-- depends_on: {{ ref('int_reception_changed') }}
{%- if is_incremental() %}
{{ with_difference(
    ['unit_code', 'received_month', 'channel', 'filing'], ['dossiers'], ref('int_reception_changed')
) }}
{%- else %}
{{ receptions(ref('int_dossier_reception')) }}
{%- endif %}
