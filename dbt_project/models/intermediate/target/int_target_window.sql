-- Every window in which some target or its base has to be measured, once per unit that it binds and measure.
-- Windows that have not begun, and those that end before the first dossier was read, are not measured from
-- records.
with asked as (
    select
        scope_code,
        root_code,
        measure_code,
        counting,
        window_key,
        period_start as window_start,
        period_end as window_end,
        period_grain = 'campaign' as is_campaign,
        evaluated_at
    from {{ ref('int_target_period') }}
    where is_scope_known
    union all
    select
        scope_code,
        root_code,
        measure_code,
        counting,
        base_window_key as window_key,
        base_start as window_start,
        base_end as window_end,
        false as is_campaign,
        evaluated_at
    from {{ ref('int_target_period') }}
    where is_scope_known and base_start is not null
),

judged as (
    select
        asked.scope_code,
        asked.root_code,
        asked.measure_code,
        asked.counting,
        asked.window_key,
        asked.window_start,
        asked.window_end,
        bool_or(asked.is_campaign) as is_campaign,
        {{ start_of_day('asked.window_start') }} as starts_at,
        max(asked.evaluated_at) as evaluated_at,
        least({{ end_of_day('asked.window_end') }}, max(asked.evaluated_at)) as judged_at
    from asked
    group by
        asked.scope_code, asked.root_code, asked.measure_code, asked.counting, asked.window_key,
        asked.window_start, asked.window_end
)

select
    judged.*,
    {{ local_date('judged.judged_at') }} as judged_on,
    judged.starts_at <= judged.judged_at as has_begun,
    case
        when read.read_from is null or read.read_from > judged.judged_at or judged.starts_at > judged.judged_at
            then 'missing'
        when {{ local_date('read.read_from') }} > judged.window_start then 'partial'
        else 'complete'
    end as record_coverage
from judged
left join {{ ref('int_dossier_read_from') }} as read on judged.root_code = read.root_code
