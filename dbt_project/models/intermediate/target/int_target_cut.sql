-- The instants at which dossiers are judged for targets, per province and window: the end of the window or
-- evaluated_at, whichever comes first. Timeliness changes from day to day: a campaign that has a target on it is
-- judged daily.
-- depends_on: {{ ref('int_target_cut_before') }}, {{ ref('int_target_dossier_before') }}
with windows as (
    select
        root_code,
        window_key,
        window_start,
        starts_at,
        judged_at,
        judged_on,
        evaluated_at,
        bool_or(is_campaign) as is_campaign,
        bool_or(is_campaign and counting = 'dossier_clock') as is_judged_daily,
        bool_or(counting = 'procedure') as counts_procedures
    from {{ ref('int_target_window') }}
    where record_coverage <> 'missing' and counting in ('dossier', 'dossier_clock', 'procedure')
    group by root_code, window_key, window_start, starts_at, judged_at, judged_on, evaluated_at
)

select
    windows.root_code,
    windows.window_key,
    windows.window_start,
    windows.is_campaign,
    windows.starts_at,
    windows.judged_at as cut_at,
    windows.judged_on as cut_on,
    windows.evaluated_at,
    true as is_final,
    windows.counts_procedures
from windows
union all
select
    windows.root_code,
    windows.window_key,
    windows.window_start,
    windows.is_campaign,
    windows.starts_at,
    {{ end_of_day('days.day') }} as cut_at,
    days.day as cut_on,
    windows.evaluated_at,
    false as is_final,
    false as counts_procedures
from windows
cross join
    lateral (
        select generated::date as day
        from generate_series(
            windows.window_start::timestamp, windows.judged_on::timestamp - interval '1 day', interval '1 day'
        ) as generated
    ) as days
where windows.is_judged_daily
