{#
  What each dossier indicator counts over (`population`) and counts (`counted`), as conditions on
  int_dossier_fact. The one list that the counts, their variants and the cases of an explanation share,
  so that a count and its explanation cannot drift apart. The numerator runs over the population.
#}
{% macro dossier_measure(indicator_code, part) -%}
    {%- set measures = {
        '1.4': {'population': 'is_received', 'counted': 'is_received and is_synced'},
        '2.1': {'population': 'has_known_deadline', 'counted': 'is_on_time'},
        '3.3': {'population': 'is_received', 'counted': 'is_received and is_online'},
        '3.6': {'population': 'is_fee_dossier', 'counted': 'is_fee_dossier and is_paid_online'},
        '4.1': {'population': 'true', 'counted': 'has_result_link'},
        '4.2': {'population': 'true', 'counted': 'is_digitised'},
        '4.3': {'population': 'true', 'counted': 'is_reused'},
        '4.4': {'population': 'true', 'counted': 'has_from_personal_store'},
        '4.6': {'population': 'true', 'counted': 'has_population_mark'},
        '5.3': {'population': 'has_known_deadline', 'counted': 'is_on_time and not has_complaint'},
    } -%}
    {{ measures[indicator_code][part] }}
{%- endmacro %}

{# The dossier counts that the indicators are made of; integers, whose sums are cheap. #}
{% macro dossier_counts() -%}
    count(*)::int as population,
    (count(*) filter (where {{ dossier_measure('2.1', 'population') }}))::int as judged,
    (count(*) filter (where {{ dossier_measure('2.1', 'counted') }}))::int as on_time,
    (count(*) filter (where {{ dossier_measure('3.3', 'population') }}))::int as received,
    (count(*) filter (where {{ dossier_measure('3.3', 'counted') }}))::int as received_online,
    (count(*) filter (where {{ dossier_measure('1.4', 'counted') }}))::int as received_synced,
    (count(*) filter (where is_received and is_portal_fee_dossier))::int as received_portal_fee,
    (count(*) filter (where is_paid_online))::int as paid_online,
    (count(*) filter (where {{ dossier_measure('3.6', 'population') }}))::int as fee_population,
    (count(*) filter (where {{ dossier_measure('3.6', 'counted') }}))::int as fee_paid_online,
    (count(*) filter (where {{ dossier_measure('4.1', 'counted') }}))::int as with_result_link,
    (count(*) filter (where {{ dossier_measure('4.2', 'counted') }}))::int as digitised,
    (count(*) filter (where {{ dossier_measure('4.3', 'counted') }}))::int as reused,
    (count(*) filter (where {{ dossier_measure('4.4', 'counted') }}))::int as from_personal_store,
    (count(*) filter (where {{ dossier_measure('4.6', 'counted') }}))::int as population_marked,
    (count(*) filter (where {{ dossier_measure('5.3', 'counted') }}))::int as satisfied
{%- endmacro %}

{% macro dossier_count_names() -%}
    {{ return([
        'population', 'judged', 'on_time', 'received', 'received_online', 'received_synced', 'received_portal_fee',
        'paid_online', 'fee_population', 'fee_paid_online', 'with_result_link', 'digitised', 'reused',
        'from_personal_store', 'population_marked', 'satisfied',
    ]) }}
{%- endmacro %}

{# Those counts added up over rows of int_dossier_cell: disjoint dossiers, so that sums are counts. #}
{% macro summed_dossier_counts(cell) -%}
    {%- for name in dossier_count_names() %}
    sum({{ cell }}.{{ name }})::bigint as {{ name }}{{ '' if loop.last else ',' }}
    {%- endfor %}
{%- endmacro %}

{#
  Those counts of cells added up for each scope above them, and for all procedures ('*'): disjoint dossiers, so that
  sums are counts. Cells of one unit are added up first: fewer rows go up the tree.
#}
{% macro summed_dossier_cells(cells) -%}
    (
        select
            {{ scope_key('closure.ancestor_code', 'own') }} as scope_key,
            closure.ancestor_code as unit_code,
            own.period_grain,
            own.period_start,
            own.procedure_code,
            {{ summed_dossier_counts('own') }}
        from (
            select
                unit_code,
                period_grain,
                period_start,
                case when grouping(procedure_code) = 1 then '*' else procedure_code end as procedure_code,
                {%- for name in dossier_count_names() %}
                sum({{ name }})::int as {{ name }}{{ '' if loop.last else ',' }}
                {%- endfor %}
            from {{ cells }}
            group by unit_code, period_grain, period_start, grouping sets ((procedure_code), ())
        ) as own
        inner join {{ ref('int_scope_closure') }} as closure on own.unit_code = closure.unit_code
        group by closure.ancestor_code, own.period_grain, own.period_start, own.procedure_code
    )
{%- endmacro %}

{#
  The affected dossiers' numbers as an array: a condition that reaches the table of dossiers and its index. A join would
  be the last step of many, after every dossier was judged in every period.
#}
{% macro codes_of(affected) -%}
    array(select affected.newest_code from {{ affected }} as affected)
{%- endmacro %}

{# The rows of int_dossier_cell, of all members or of those of the affected dossiers. No key is null. #}
{% macro dossier_cells(member, affected=none) -%}
    select
        coalesce(unit_code, '') as unit_code,
        period_grain,
        period_start,
        coalesce(procedure_code, '') as procedure_code,
        is_received,
        is_ever_synced,
        {{ dossier_counts() }}
    from {{ member }}
    {%- if affected is not none %}
    where newest_code = any({{ codes_of(affected) }})
    {%- endif %}
    group by 1, 2, 3, 4, 5, 6
{%- endmacro %}

{# The rows of int_processing_time_count, likewise. #}
{% macro processing_times(done, affected=none) -%}
    select
        coalesce(unit_code, '') as unit_code,
        period_grain,
        period_start,
        coalesce(procedure_code, '') as procedure_code,
        coalesce(max_time, -1) as max_time,
        max_time_unit,
        processing_time,
        count(*)::int as dossiers
    from {{ done }}
    {%- if affected is not none %}
    where newest_code = any({{ codes_of(affected) }})
    {%- endif %}
    group by 1, 2, 3, 4, 5, 6, 7
{%- endmacro %}

{# The rows of int_target_dossier_day, likewise. #}
{% macro target_days(dossier, affected=none) -%}
    select
        window_key,
        case when is_final then 'infinity'::date else cut_on end as cut_on,
        is_final,
        unit_code,
        entry_day,
        {{ dossier_counts() }}
    from {{ dossier }}
    {%- if affected is not none %}
    where newest_code = any({{ codes_of(affected) }})
    {%- endif %}
    group by 1, 2, 3, 4, 5
{%- endmacro %}

{# The rows of int_reception, likewise. #}
{% macro receptions(reception, affected=none) -%}
    select
        coalesce(unit_code, '') as unit_code,
        received_month,
        channel,
        filing,
        count(*)::int as dossiers
    from {{ reception }}
    {%- if affected is not none %}
    where newest_code = any({{ codes_of(affected) }})
    {%- endif %}
    group by 1, 2, 3, 4
{%- endmacro %}

{# Summed time and number of dossiers of such rows, for each scope above them. #}
{% macro summed_processing_times(counts) -%}
    (
        select
            {{ scope_key('closure.ancestor_code', 'own') }} as scope_key,
            closure.ancestor_code as unit_code,
            own.period_grain,
            own.period_start,
            own.procedure_code,
            '2.2' as indicator_code,
            sum(own.processing_time) as numerator,
            sum(own.dossiers)::numeric as denominator
        from (
            select
                unit_code,
                period_grain,
                period_start,
                procedure_code,
                sum(processing_time * dossiers) as processing_time,
                sum(dossiers) as dossiers
            from {{ counts }}
            group by unit_code, period_grain, period_start, procedure_code
        ) as own
        inner join {{ ref('int_scope_closure') }} as closure on own.unit_code = closure.unit_code
        group by closure.ancestor_code, own.period_grain, own.period_start, own.procedure_code
    )
{%- endmacro %}

{#
  Those counts as (indicator_code, numerator, denominator) rows; `counts` is the relation's alias. Where
  there are dossiers and no deadline of theirs can be known, 2.1 and 5.3 are null, not 0 of 0.
#}
{% macro dossier_indicator_values(counts) -%}
    values
    ('2.1', {{ judged(counts, 'on_time') }}, {{ judged(counts, 'judged') }}),
    ('3.3', {{ counts }}.received_online, {{ counts }}.received),
    ('3.6', {{ counts }}.fee_paid_online, {{ counts }}.fee_population),
    ('4.1', {{ counts }}.with_result_link, {{ counts }}.population),
    ('4.2', {{ counts }}.digitised, {{ counts }}.population),
    ('4.3', {{ counts }}.reused, {{ counts }}.population),
    ('4.4', {{ counts }}.from_personal_store, {{ counts }}.population),
    ('4.6', {{ counts }}.population_marked, {{ counts }}.population),
    ('5.3', {{ judged(counts, 'satisfied') }}, {{ judged(counts, 'judged') }})
{%- endmacro %}

{% macro judged(counts, count) -%}
    case when {{ counts }}.judged > 0 or {{ counts }}.population = 0 then {{ counts }}.{{ count }} end
{%- endmacro %}

{#
  The same, dossier by dossier: whether one row of int_dossier_fact is in an indicator's denominator (population) or
  numerator (counted). 1.4 counts dossiers over totals that others state, so none is in its denominator.
#}
{% macro dossier_case_measure(part) -%}
    case indicator.indicator_code
        {%- for code in ['1.4', '2.1', '3.3', '3.6', '4.1', '4.2', '4.3', '4.4', '4.6', '5.3'] %}
                when '{{ code }}'
                    then {{ 'false' if code == '1.4' and part == 'population' else dossier_measure(code, part) }}
        {%- endfor %}
            end
{%- endmacro %}

{# Their codes, as rows. #}
{% macro dossier_case_codes() -%}
    {%- for code in ['1.4', '2.1', '3.3', '3.6', '4.1', '4.2', '4.3', '4.4', '4.6', '5.3'] -%}
    ('{{ code }}'){{ '' if loop.last else ', ' }}
    {%- endfor -%}
{%- endmacro %}
