{#
  A build that follows the last one (pipeline/following.py decides it) rewrites only what changed: dossiers that a
  new batch speaks of, and those that time may still move. Any other build is a full refresh, with dbt's flag. What
  the last build left is read by name, not by ref: it is what this build is about to replace.
#}

{# What the last build left of a model of this schema; none in a full refresh. #}
{% macro left_by_last_build(identifier) -%}
    {%- if execute and not flags.FULL_REFRESH -%}
        {{ return(adapter.get_relation(database=this.database, schema=this.schema, identifier=identifier)) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}

{# The batches that this evaluation is the first to take in, as a list of literals: so that an index finds their rows. #}
{% macro new_batches() -%}
    {%- set query -%}
        select work.batch_id
        from {{ source('audit', 'work_ledger') }} as work
        inner join {{ ref('stg_audit__evaluation') }} as evaluation on work.evaluation_id = evaluation.evaluation_id
        order by work.batch_id
    {%- endset -%}
    {%- set found = run_query(query).columns[0].values() if execute else [] -%}
    {%- if found -%}
        {%- for batch_id in found %}'{{ batch_id }}'::uuid{{ '' if loop.last else ', ' }}{% endfor -%}
    {%- else -%}
        null::uuid
    {%- endif -%}
{%- endmacro %}

{#
  What affected dossiers count otherwise than in the last build: what they count now, less what they counted, where
  that is not nothing.
#}
{% macro difference(keys, sums, before, after) -%}
    select
        {%- for name in keys %}
        {{ name }},
        {%- endfor %}
        {%- for name in sums %}
        sum({{ name }})::int as {{ name }}{{ '' if loop.last else ',' }}
        {%- endfor %}
    from (
        {%- for part, sign in [(before, '-'), (after, '')] %}
        select
            {%- for name in keys %}
            {{ name }},
            {%- endfor %}
            {%- for name in sums %}
            {{ sign }}{{ name }} as {{ name }}{{ '' if loop.last else ',' }}
            {%- endfor %}
        from {{ part }}
        {{- '' if loop.last else '\n        union all' }}
        {%- endfor %}
    ) as changes
    group by {{ keys | join(', ') }}
    having {% for name in sums %}sum({{ name }}) <> 0{{ '' if loop.last else ' or ' }}{% endfor %}
{%- endmacro %}

{#
  Rows of an additive model in a following build: the rows of the last build that change, with the difference added. A
  row that nothing is left of is deleted after (delete_empty).
#}
{% macro with_difference(keys, sums, difference, unique_key=none) -%}
    select
        {%- for name in keys %}
        moved.{{ name }},
        {%- endfor %}
        {%- for name in sums %}
        coalesce(held.{{ name }}, 0) + moved.{{ name }} as {{ name }}{{ '' if loop.last else ',' }}
        {%- endfor %}
    from {{ difference }} as moved
    left join {{ this }} as held
        on {% for name in unique_key or keys %}moved.{{ name }} = held.{{ name }}{{ '' if loop.last else ' and ' }}{% endfor %}
{%- endmacro %}

{% macro delete_empty(count) -%}
    {%- if is_incremental() %}delete from {{ this }} where {{ count }} = 0{% endif -%}
{%- endmacro %}

{# Every number, former ones too, of the affected dossiers. #}
{% macro codes_of_affected(condition) -%}
    select
        affected.newest_code,
        affected.newest_code as dossier_code
    from {{ ref('int_dossier_affected') }} as affected
    where {{ condition }}
    union all
    select
        affected.newest_code,
        number.former_code as dossier_code
    from {{ ref('int_dossier_affected') }} as affected
    inner join {{ ref('int_dossier_number') }} as number on affected.newest_code = number.dossier_code
    where {{ condition }}
{%- endmacro %}

{#
  Whether a model above the cells may keep what the last build left of it but the rows of int_scope_affected: in a
  following build whose batches are of dossiers alone, where every scope holds the units it held, and where no
  province's inputs have come or gone. Otherwise it is computed as a whole.
#}
{% macro keeps_unaffected(of_table=false) -%}
    {%- set query -%}
        select
            not exists (
                select 1
                from {{ source('audit', 'work_ledger') }} as work
                inner join {{ ref('stg_audit__evaluation') }} as evaluation
                    on work.evaluation_id = evaluation.evaluation_id
                where work.entity not in ('dossier', 'dossier_event', 'sync_receipt', 'rating')
            )
            and not exists (
                (table {{ ref('int_scope_closure_before') }} except table {{ ref('int_scope_closure') }})
                union all
                select now.*
                from {{ ref('int_scope_closure') }} as now
                inner join {{ ref('int_scope_closure_before') }} as known
                    on now.unit_code = known.unit_code and known.ancestor_code = known.unit_code
                where not exists (
                    select 1 from {{ ref('int_scope_closure_before') }} as earlier
                    where now.unit_code = earlier.unit_code and now.ancestor_code = earlier.ancestor_code
                )
            )
            and not exists (
                select
                    indicator_code,
                    root_code,
                    has_inputs
                from {{ ref('int_coverage_before') }}
                except
                select
                    indicator_code,
                    root_code,
                    has_inputs
                from {{ ref('int_indicator_coverage') }}
            )
    {%- endset -%}
    {%- if not execute or not (of_table and left_by_last_build('int_dossier_cell') or is_incremental()) -%}
        {{ return(false) }}
    {%- endif -%}
    {{ return(run_query(query).columns[0].values()[0]) }}
{%- endmacro %}

{# Before a model of sums writes in a build that keeps nothing: all that it held goes. #}
{% macro forget_unless_kept() -%}
    {%- if is_incremental() and not keeps_unaffected() -%}delete from {{ this }}{%- endif -%}
{%- endmacro %}

{# Before such a model writes: what it is about to write anew goes, by unit and period. #}
{% macro forget_affected(affected=none, by_procedure=false) -%}
    {%- if is_incremental() -%}
        {%- if keeps_unaffected() -%}
            delete from {{ this }} as held
            using {{ affected or ref('int_scope_affected') }} as affected
            where
                held.unit_code = affected.unit_code and held.period_grain = affected.period_grain
                and held.period_start = affected.period_start
                {%- if by_procedure %} and held.procedure_code = affected.procedure_code{% endif %}
        {%- else -%}
            delete from {{ this }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# The join that keeps to the affected scopes and periods; nothing where the whole is computed. #}
{% macro of_affected(unit, period, affected=none, by_procedure=false) -%}
    {%- set relation = affected or ref('int_scope_affected') -%}
    {%- if keeps_unaffected() %}
inner join {{ relation }} as affected
    on
        {{ unit }} = affected.unit_code
        and {{ period }}.period_grain = affected.period_grain
        and {{ period }}.period_start = affected.period_start
        {%- if by_procedure %} and {{ period }}.procedure_code = affected.procedure_code{% endif %}
    {%- endif -%}
{%- endmacro %}

{# The same by scope_key, as a condition that reaches the table read: a join would be the last step of many. #}
{% macro of_affected_scope(scope_key, affected=none) -%}
    {%- set relation = affected or ref('int_scope_affected') -%}
    {%- if keeps_unaffected() %}
where {{ scope_key }} = any(array(select affected.scope_key from {{ relation }} as affected))
    {%- endif -%}
{%- endmacro %}

{#
  The same for a table that is read from end to end: an array would be searched from its beginning for each row, the
  table of the affected is hashed. `is true` keeps it a condition of the read and no join.
#}
{% macro among_affected_scopes(scope_key) -%}
    {%- set relation = ref('int_scope_affected') -%}
    {%- if keeps_unaffected() %}
where ({{ scope_key }} in (select affected.scope_key from {{ relation }} as affected)) is true
    {%- endif -%}
{%- endmacro %}

{# Scopes and periods for which catalogues may say something else than in the last build. #}
{% macro scopes_of_new_day() -%}
    (select * from {{ ref('int_scope_moved') }} where is_new_day)
{%- endmacro %}

{# Those in which anything is counted otherwise: time alone moves no count of procedures or services. #}
{% macro scopes_with_other_counts() -%}
    (select * from {{ ref('int_scope_affected') }} where has_other_counts)
{%- endmacro %}

{#
  Whether int_target_dossier_day keeps what the last build left of it but for the affected dossiers: where every cut
  stands as it stood, or is one of a window that was not over then and has moved on with evaluated_at. At such a cut
  all other dossiers are settled, and judged as they were.
#}
{% macro keeps_cuts() -%}
    {%- set known, now = ref('int_target_cut_before'), ref('int_target_cut') -%}
    {%- set query -%}
        select not exists (
            select 1
            from {{ known }} as known
            full outer join {{ now }} as now
                on
                    known.root_code = now.root_code and known.window_key = now.window_key
                    and known.is_final = now.is_final and (known.is_final or known.cut_on = now.cut_on)
            where
                (known.window_start, known.is_campaign, known.starts_at, known.counts_procedures)
                is distinct from (now.window_start, now.is_campaign, now.starts_at, now.counts_procedures)
                or (known.cut_at <> now.cut_at and not (known.is_final and known.cut_at = known.evaluated_at))
        )
    {%- endset -%}
    {%- if not execute or not is_incremental() -%}
        {{ return(false) }}
    {%- endif -%}
    {{ return(run_query(query).columns[0].values()[0]) }}
{%- endmacro %}

{# Before int_target_dossier_day is written in a build that keeps nothing of it. #}
{% macro forget_unless_cuts_kept() -%}
    {%- if is_incremental() and not keeps_cuts() -%}delete from {{ this }}{%- endif -%}
{%- endmacro %}
