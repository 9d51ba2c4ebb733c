-- int_shown_scope as the last build left it; empty in a full refresh.
-- depends_on: {{ ref('int_dossier_affected') }}
{%- set shown = left_by_last_build('int_shown_scope') %}
{%- if shown is none %}
select
    null::text as boundary,
    null::text as unit_code,
    null::text as root_code,
    null::text as data_origin,
    null::text as period_grain,
    null::date as period_start,
    null::text as stated_by,
    null::boolean as is_provincial,
    null::bigint as scope_key,
    null::text as scope_root_code,
    null::boolean as is_provisional
where false
{%- else %}
select
    boundary,
    unit_code,
    root_code,
    data_origin,
    period_grain,
    period_start,
    stated_by,
    is_provincial,
    scope_key,
    scope_root_code,
    is_provisional
from {{ shown }}
{%- endif %}
