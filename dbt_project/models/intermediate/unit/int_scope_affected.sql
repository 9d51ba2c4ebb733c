-- Scopes and periods whose figures may differ from those of the last build: an affected dossier counted or counts in
-- them, the period was not over then, or the scope is new. Empty in a full refresh, which computes all.
-- depends_on: {{ ref('int_dossier_cell_before') }}, {{ ref('int_dossier_cell_after') }},
-- depends_on: {{ ref('int_processing_time_before') }}, {{ ref('int_processing_time_after') }},
-- depends_on: {{ ref('int_scope_closure') }}, {{ ref('int_scope_closure_before') }}, {{ ref('int_scope_period') }}
{%- set cells = left_by_last_build('int_dossier_cell') %}
{%- if cells is none %}
select
    null::text as unit_code,
    null::text as period_grain,
    null::date as period_start
where false
{%- else %}
with counted as (
    select
        unit_code,
        period_grain,
        period_start
    from {{ ref('int_dossier_cell_before') }}
    union
    select
        unit_code,
        period_grain,
        period_start
    from {{ ref('int_dossier_cell_after') }}
    union
    select
        unit_code,
        period_grain,
        period_start
    from {{ ref('int_processing_time_before') }}
    union
    select
        unit_code,
        period_grain,
        period_start
    from {{ ref('int_processing_time_after') }}
)

select
    closure.ancestor_code as unit_code,
    counted.period_grain,
    counted.period_start
from counted
inner join {{ ref('int_scope_closure') }} as closure on counted.unit_code = closure.unit_code
union
select
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
