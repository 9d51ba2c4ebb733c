-- What the affected dossiers counted in the last build, in the columns of int_dossier_cell. Read through the views
-- that the last build left, so before anything below them is rebuilt.
-- depends_on: {{ ref('int_dossier_affected') }}
{%- set member = left_by_last_build('int_dossier_member') %}
{%- if member is none %}
select
    null::text as unit_code,
    null::text as period_grain,
    null::date as period_start,
    null::text as procedure_code,
    null::boolean as is_received,
    null::boolean as is_ever_synced{% for name in dossier_count_names() %}, null::int as {{ name }}{% endfor %} -- noqa: LT05
from {{ ref('int_dossier_affected') }}
where false
{%- else %}
{{ dossier_cells(member, ref('int_dossier_affected')) }}
{%- endif %}
