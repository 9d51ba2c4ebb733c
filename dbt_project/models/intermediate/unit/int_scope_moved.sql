-- Scopes and periods that time or the tree moved since the last build: the period was not over then, or the scope
-- is new. Empty in a full refresh, which computes all.
-- depends_on: {{ ref('int_scope_closure_before') }}, {{ ref('int_scope_period') }}
{%- if left_by_last_build('int_dossier_cell') is none %}
select
    null::bigint as scope_key,
    null::text as unit_code,
    null::text as period_grain,
    null::date as period_start
where false
{%- else %}
select
    scope.scope_key,
    scope.unit_code,
    scope.period_grain,
    scope.period_start
from {{ ref('int_scope_period') }} as scope
where
    scope.judged_at > (
        select last.evaluated_at
        from {{ source('audit', 'evaluation') }} as last
        where last.status = 'built'
        order by last.started_at desc
        limit 1
    )
    or not exists (
        select 1 from {{ ref('int_scope_closure_before') }} as known
        where scope.unit_code = known.ancestor_code
    )
{%- endif %}
