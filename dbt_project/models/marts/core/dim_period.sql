-- Periods: weeks, months, quarters and years that records, published scores or targets speak of, and
-- the campaigns with windows of their own. is_scored: fct_indicator holds it.
with calendar_periods as (
    select
        period_grain,
        period_start,
        period_end,
        true as is_scored,
        is_provisional
    from {{ ref('int_period') }}
    union all
    select distinct
        'week' as period_grain,
        date_trunc('week', days.day::timestamp)::date as period_start,
        date_trunc('week', days.day::timestamp)::date + 6 as period_end,
        false as is_scored,
        date_trunc('week', days.day::timestamp)::date + 6 >= period.judged_on and period.is_provisional
            as is_provisional
    from {{ ref('int_period') }} as period
    inner join {{ ref('int_working_day') }} as days on days.day between period.period_start and period.judged_on
    where period.period_grain = 'month'
    union all
    select distinct
        published.period_grain,
        published.period_start,
        (
            published.period_start + case published.period_grain
                when 'month' then interval '1 month'
                when 'quarter' then interval '3 months'
                else interval '1 year'
            end
        )::date - 1 as period_end,
        false as is_scored,
        false as is_provisional
    from {{ ref('fct_published_group') }} as published
    union all
    select distinct
        'campaign' as period_grain,
        target.period_start,
        target.period_end,
        false as is_scored,
        false as is_provisional
    from {{ ref('targets') }} as target
    where target.scope = 'campaign'
)

select
    period_grain,
    period_start,
    max(period_end) as period_end,
    case period_grain
        when 'month' then to_char(period_start, 'YYYY-MM')
        when 'quarter' then to_char(period_start, 'YYYY"-Q"Q')
        when 'year' then to_char(period_start, 'YYYY')
        when 'week' then to_char(period_start, 'IYYY"-W"IW')
        else to_char(period_start, 'YYYY-MM-DD') || '/' || to_char(max(period_end), 'YYYY-MM-DD')
    end as period_code,
    bool_or(is_scored) as is_scored,
    bool_or(is_provisional) as is_provisional
from calendar_periods
group by period_grain, period_start
