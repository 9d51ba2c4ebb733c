-- Scopes and periods that time or the tree moved since the last build: the period was not over then, or the scope
-- is new. is_new_day: they are judged on another day, by which catalogues may say something else, or they are new.
-- Empty in a full refresh, which computes all.
-- depends_on: {{ ref('int_scope_closure_before') }}, {{ ref('int_scope_period') }}
{%- if left_by_last_build('int_dossier_cell') is none %}
select
    null::bigint as scope_key,
    null::text as unit_code,
    null::text as period_grain,
    null::date as period_start,
    null::boolean as is_new_day
where false
{%- else %}
with last_build as (
    select evaluated_at
    from {{ source('audit', 'evaluation') }}
    where status = 'built'
    order by started_at desc
    limit 1
),

known as (
    select distinct ancestor_code
    from {{ ref('int_scope_closure_before') }}
)

select
    scope.scope_key,
    scope.unit_code,
    scope.period_grain,
    scope.period_start,
    scope.judged_on > {{ local_date('last_build.evaluated_at') }} or known.ancestor_code is null as is_new_day
from {{ ref('int_scope_period') }} as scope
cross join last_build
left join known on scope.unit_code = known.ancestor_code
where scope.judged_at > last_build.evaluated_at or known.ancestor_code is null
{%- endif %}
