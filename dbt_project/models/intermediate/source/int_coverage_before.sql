-- int_indicator_coverage as the last build left it; empty in a full refresh.
-- depends_on: {{ ref('int_dossier_affected') }}
{%- set coverage = left_by_last_build('int_indicator_coverage') %}
{%- if coverage is none %}
select
    null::text as indicator_code,
    null::text as root_code,
    null::boolean as has_inputs,
    null::text[] as missing_inputs,
    null::text[] as stale_inputs
where false
{%- else %}
select
    indicator_code,
    root_code,
    has_inputs,
    missing_inputs,
    stale_inputs
from {{ coverage }}
{%- endif %}
