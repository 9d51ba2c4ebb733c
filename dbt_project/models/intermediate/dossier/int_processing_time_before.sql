-- What the affected dossiers counted for 2.2 in the last build, in the columns of int_processing_time_count.
-- depends_on: {{ ref('int_dossier_affected') }}
{%- set done = left_by_last_build('int_processing_time') %}
{%- if done is none %}
select
    null::text as unit_code,
    null::text as period_grain,
    null::date as period_start,
    null::text as procedure_code,
    null::numeric as max_time,
    null::text as max_time_unit,
    null::numeric as processing_time,
    null::int as dossiers
from {{ ref('int_dossier_affected') }}
where false
{%- else %}
{{ processing_times(done, ref('int_dossier_affected')) }}
{%- endif %}
