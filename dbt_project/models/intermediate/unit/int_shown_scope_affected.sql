{{ config(indexes=[{'columns': ['scope_key']}]) }}

-- The rows of int_shown_scope whose unit and period may show other figures than in the last build: their scope's counts
-- changed, time moved them, their inputs came, went or grew stale, or another scope states them. is_whole: those of any
-- procedure may differ, else those of all procedures together and of the procedures of int_procedure_affected. All of
-- them, as a whole, in a full refresh and in a build that keeps nothing.
-- depends_on: {{ ref('int_scope_affected') }}, {{ ref('int_scope_moved') }}, {{ ref('int_coverage_before') }}
-- depends_on: {{ ref('int_indicator_coverage') }}, {{ ref('int_shown_scope_before') }}
-- depends_on: {{ ref('int_scored_indicator') }}
{%- set coverage = ref('int_indicator_coverage'), ref('int_coverage_before') %}
{%- set shown_by = ref('int_shown_scope'), ref('int_shown_scope_before') %}
{%- if keeps_unaffected(of_table=true) %}
with affected as (
    -- 1.1 to 1.3 rest on no dossier, but time moves them.
    select
        own.unit_code,
        own.period_grain,
        own.period_start,
        coalesce(moved.is_new_day, false) as is_whole
    from {{ ref('int_shown_scope') }} as own
    inner join {{ ref('int_scope_affected') }} as changed on own.scope_key = changed.scope_key
    left join {{ ref('int_scope_moved') }} as moved on own.scope_key = moved.scope_key
    where not own.is_provincial or moved.scope_key is not null
    union all
    select
        supplied.unit_code,
        supplied.period_grain,
        supplied.period_start,
        true as is_whole
    from {{ ref('int_shown_scope') }} as supplied
    where
        supplied.scope_root_code in (
            {%- for one, other in [coverage, coverage | reverse | list] %}
            select root_code from (table {{ one }} except table {{ other }}) as differing
            {%- if not loop.last %}
            union
            {%- endif %}
            {%- endfor %}
        )
    {%- for one, other in [shown_by, shown_by | reverse | list] %}
    union all
    select
        unit_code,
        period_grain,
        period_start,
        true as is_whole
    from (table {{ one }} except table {{ other }}) as differing
    {%- endfor %}
),

once as (
    select
        unit_code,
        period_grain,
        period_start,
        bool_or(is_whole) as is_whole
    from affected
    group by unit_code, period_grain, period_start
)

select
    shown.boundary,
    shown.unit_code,
    shown.root_code,
    shown.data_origin,
    shown.period_grain,
    shown.period_start,
    shown.stated_by,
    shown.is_provincial,
    shown.scope_key,
    shown.scope_root_code,
    shown.is_provisional,
    once.is_whole
from {{ ref('int_shown_scope') }} as shown
inner join once
    on
        shown.unit_code = once.unit_code
        and shown.period_grain = once.period_grain
        and shown.period_start = once.period_start
{%- else %}
select
    shown.boundary,
    shown.unit_code,
    shown.root_code,
    shown.data_origin,
    shown.period_grain,
    shown.period_start,
    shown.stated_by,
    shown.is_provincial,
    shown.scope_key,
    shown.scope_root_code,
    shown.is_provisional,
    true as is_whole
from {{ ref('int_shown_scope') }} as shown
{%- endif %}
