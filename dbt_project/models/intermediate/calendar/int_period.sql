-- Scored periods: every month, quarter and year from the first reception to evaluated_at, with the
-- instant E at which each is judged: the end of the period or evaluated_at, whichever comes first.
-- After what the last build counted is read:
-- depends_on: {{ ref('int_dossier_cell_before') }}, {{ ref('int_processing_time_before') }}
with span as (
    select
        {{ local_date('least(min(first_at), max(evaluated_at))') }} as first_day,
        {{ local_date('max(evaluated_at)') }} as last_day,
        max(evaluated_at) as evaluated_at
    from (
        select
            evaluation.evaluated_at,
            (select min(received_at) from {{ ref('int_dossier') }}) as first_at
        from {{ ref('stg_audit__evaluation') }} as evaluation
        union all
        select
            evaluation.evaluated_at,
            (select min(received_at) from {{ ref('stg_petition__petition') }}) as first_at
        from {{ ref('stg_audit__evaluation') }} as evaluation
    ) as firsts
),

months as (
    select
        span.evaluated_at,
        generate_series(
            date_trunc('month', span.first_day::timestamp), span.last_day::timestamp, interval '1 month'
        )::date as month_start
    from span
),

periods as (
    select distinct
        grains.period_grain,
        date_trunc(grains.period_grain, months.month_start::timestamp)::date as period_start,
        months.evaluated_at
    from months
    cross join (values ('month'), ('quarter'), ('year')) as grains (period_grain)
),

bounded as (
    select
        period_grain,
        period_start,
        (
            period_start + case period_grain
                when 'month' then interval '1 month'
                when 'quarter' then interval '3 months'
                else interval '1 year'
            end
        )::date - 1 as period_end,
        evaluated_at
    from periods
)

select
    period_grain,
    period_start,
    period_end,
    {{ start_of_day('period_start') }} as starts_at,
    least({{ end_of_day('period_end') }}, evaluated_at) as judged_at,
    {{ local_date('least(' ~ end_of_day('period_end') ~ ', evaluated_at)') }} as judged_on,
    evaluated_at < {{ end_of_day('period_end') }} as is_provisional,
    evaluated_at
from bounded
