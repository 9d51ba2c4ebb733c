-- The periods of each target: its window, and each calendar year of a window of several years, judged at the
-- period's end or at evaluated_at, whichever comes first. A target that rises by the year has years only.
with pieces as (
    select
        target.*,
        target.period_start as piece_start,
        target.period_end as piece_end,
        case
            when target.plan_scope = 'campaign' then 'campaign'
            when
                target.period_start = date_trunc('year', target.period_start)::date
                and target.period_end = (date_trunc('year', target.period_start) + interval '1 year')::date - 1
                then 'year'
            else 'window'
        end as period_grain
    from {{ ref('int_target') }} as target
    where target.target_kind <> 'yearly_points'
    union all
    select
        target.*,
        greatest(years.first_day::date, target.period_start) as piece_start,
        least((years.first_day + interval '1 year')::date - 1, target.period_end) as piece_end,
        'year' as period_grain
    from {{ ref('int_target') }} as target
    cross join
        lateral generate_series(
            date_trunc('year', target.period_start::timestamp), target.period_end::timestamp, interval '1 year'
        ) as years (first_day)
    where
        target.plan_scope <> 'campaign'
        and (
            target.target_kind = 'yearly_points'
            or target.period_end >= (target.period_start + interval '1 year')::date
        )
)

select
    pieces.target_id,
    pieces.scope_code,
    pieces.root_code,
    pieces.is_scope_known,
    pieces.unit_level,
    pieces.measure_code,
    pieces.counting,
    pieces.target_kind,
    pieces.stated_percent,
    pieces.change_value,
    pieces.period_grain,
    pieces.piece_start as period_start,
    pieces.piece_end as period_end,
    {{ target_window_key('pieces.piece_start', 'pieces.piece_end') }} as window_key,
    pieces.base_start,
    pieces.base_end,
    {{ target_window_key('pieces.base_start', 'pieces.base_end') }} as base_window_key,
    (extract(year from pieces.piece_start) - extract(year from pieces.base_start))::int as years_since_base,
    {{ local_date('least(' ~ end_of_day('pieces.piece_end') ~ ', evaluation.evaluated_at)') }} as judged_on,
    {{ start_of_day('pieces.piece_start') }} <= evaluation.evaluated_at as has_begun,
    coalesce({{ end_of_day('pieces.piece_end') }} <= evaluation.evaluated_at, false) as has_ended,
    evaluation.evaluated_at
from pieces
cross join {{ ref('stg_audit__evaluation') }} as evaluation
