-- Which indicators of which provinces had their inputs in the last build; empty in a full refresh.
-- depends_on: {{ ref('int_dossier_affected') }}
{%- set coverage = left_by_last_build('int_indicator_coverage') %}
{%- if coverage is none %}
select
    null::text as indicator_code,
    null::text as root_code,
    null::boolean as has_inputs
where false
{%- else %}
select
    indicator_code,
    root_code,
    has_inputs
from {{ coverage }}
{%- endif %}
