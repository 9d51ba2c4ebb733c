{{ config(indexes=[{'columns': ['scope_key']}]) }}

-- The rows of int_shown_scope whose unit and period may show other figures than in the last build: their scope's counts
-- changed, time moved them, their inputs came, went or grew stale, or another scope states them. All of them in a full
-- refresh, and in a build that keeps nothing.
-- depends_on: {{ ref('int_scope_affected') }}, {{ ref('int_scope_moved') }}, {{ ref('int_coverage_before') }}
-- depends_on: {{ ref('int_indicator_coverage') }}, {{ ref('int_shown_scope_before') }}
-- depends_on: {{ ref('int_scored_indicator') }}
{%- set coverage = ref('int_indicator_coverage'), ref('int_coverage_before') %}
{%- set shown_by = ref('int_shown_scope'), ref('int_shown_scope_before') %}
select shown.*  -- noqa: AM04
from {{ ref('int_shown_scope') }} as shown
{%- if keeps_unaffected(of_table=true) %}
where
    (shown.unit_code, shown.period_grain, shown.period_start) in (
        -- 1.1 to 1.3 rest on no dossier.
        select
            own.unit_code,
            own.period_grain,
            own.period_start
        from {{ ref('int_shown_scope') }} as own
        inner join {{ ref('int_scope_affected') }} as changed on own.scope_key = changed.scope_key
        where not own.is_provincial
        union
        select
            running.unit_code,
            running.period_grain,
            running.period_start
        from {{ ref('int_shown_scope') }} as running
        inner join {{ ref('int_scope_moved') }} as moved on running.scope_key = moved.scope_key
        union
        select
            supplied.unit_code,
            supplied.period_grain,
            supplied.period_start
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
        union
        select
            unit_code,
            period_grain,
            period_start
        from (table {{ one }} except table {{ other }}) as differing
        {%- endfor %}
    )
{%- endif %}
