-- int_scope_closure as the last build left it; empty in a full refresh.
-- depends_on: {{ ref('int_dossier_affected') }}
{%- set closure = left_by_last_build('int_scope_closure') %}
{%- if closure is none %}
select
    null::text as unit_code,
    null::text as ancestor_code,
    null::int as distance
where false
{%- else %}
select
    unit_code,
    ancestor_code,
    distance
from {{ closure }}
{%- endif %}
