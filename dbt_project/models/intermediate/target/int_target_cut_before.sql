-- int_target_cut as the last build left it; empty in a full refresh.
-- depends_on: {{ ref('int_dossier_affected') }}
{%- set cut = left_by_last_build('int_target_cut') %}
{%- if cut is none %}
select
    null::text as root_code,
    null::text as window_key,
    null::date as window_start,
    null::boolean as is_campaign,
    null::timestamptz as starts_at,
    null::timestamptz as cut_at,
    null::date as cut_on,
    null::timestamptz as evaluated_at,
    null::boolean as is_final,
    null::boolean as counts_procedures
where false
{%- else %}
select
    root_code,
    window_key,
    window_start,
    is_campaign,
    starts_at,
    cut_at,
    cut_on,
    evaluated_at,
    is_final,
    counts_procedures
from {{ cut }}
{%- endif %}
