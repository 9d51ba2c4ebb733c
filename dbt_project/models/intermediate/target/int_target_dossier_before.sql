-- What the affected dossiers counted for targets in the last build, in the columns of int_target_dossier_day. Read
-- through the views that the last build left, so before anything below them is rebuilt.
-- depends_on: {{ ref('int_dossier_affected') }}
{%- set dossier = left_by_last_build('int_target_dossier') %}
{%- if dossier is none %}
select
    null::text as window_key,
    null::date as cut_on,
    null::boolean as is_final,
    null::text as unit_code,
    null::int as entry_day{% for name in dossier_count_names() %}, null::int as {{ name }}{% endfor %} -- noqa: LT05
from {{ ref('int_dossier_affected') }}
where false
{%- else %}
{{ target_days(dossier, ref('int_dossier_affected')) }}
{%- endif %}
