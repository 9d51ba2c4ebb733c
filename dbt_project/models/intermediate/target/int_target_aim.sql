-- Each target in each of its periods, for each figure: what was measured, what is wanted, what the linear pace
-- wants by now. A figure of the target's own level always stands here; others where they were measured.
with figures as (
    select distinct
        period.*,
        coalesce(actual.row_kind, 'level') as row_kind,
        coalesce(actual.unit_code, period.scope_code) as unit_code,
        coalesce(actual.unit_level, period.unit_level) as figure_level,
        actual.basis,
        actual.as_of,
        coalesce(actual.coverage, 'missing') as coverage,
        actual.numerator,
        actual.denominator,
        case
            when not period.is_scope_known and period.scope_code <> '*' then 'unit_unknown'
            when actual.scope_code is not null then actual.reason
            else 'no_source'
        end as actual_reason,
        base.numerator as base_numerator,
        base.denominator as base_denominator,
        base.coverage as base_coverage
    from {{ ref('int_target_period') }} as period
    left join {{ ref('int_target_actual') }} as actual
        on
            period.is_scope_known and period.scope_code = actual.scope_code
            and period.window_key = actual.window_key and period.measure_code = actual.measure_code
            and (
                actual.row_kind = 'level' and actual.unit_level = period.unit_level
                or (actual.basis is not null or actual.reason = 'not_begun' and period.base_window_key is not null)
                and (actual.row_kind = 'level' or period.unit_level in ('all', actual.unit_level))
            )
    left join {{ ref('int_target_actual') }} as base
        on
            actual.scope_code = base.scope_code and period.base_window_key = base.window_key
            and actual.measure_code = base.measure_code and actual.row_kind = base.row_kind
            and actual.unit_code = base.unit_code and actual.unit_level = base.unit_level
    -- The issuer has a line of its own, as a unit, only where it has cases of its own.
    where
        (
            actual.row_kind is distinct from 'unit' or actual.unit_code <> period.scope_code or actual.denominator > 0
        )
        -- A period to come is shown by level and unit where its base was measured so.
        and (
            actual.basis is not null or base.basis is not null
            or coalesce(actual.row_kind, 'level') = 'level'
            and coalesce(actual.unit_level, period.unit_level) = period.unit_level
        )
),

rated as (
    select
        figures.*,
        figures.unit_level in ('all', figures.figure_level) as is_bound,
        100 * figures.numerator::numeric / nullif(figures.denominator, 0) as actual_percent,
        100 * figures.base_numerator::numeric / nullif(figures.base_denominator, 0) as base_percent
    from figures
),

aimed as (
    select
        rated.*,
        round({{ target_percent('rated') }}, 10) as target_percent,
        round({{ target_pace_start('rated') }}, 10) as pace_start_percent,
        {{ target_elapsed_share('rated') }} as elapsed_share
    from rated
)

select
    target_id,
    scope_code,
    root_code,
    unit_level as target_level,
    measure_code,
    counting,
    target_kind,
    period_grain,
    period_start,
    period_end,
    window_key,
    judged_on,
    has_begun,
    has_ended,
    evaluated_at,
    row_kind,
    unit_code,
    figure_level as unit_level,
    is_bound,
    basis,
    as_of,
    coverage,
    numerator,
    denominator,
    round(actual_percent, 10) as actual_percent,
    actual_reason,
    base_start,
    base_end,
    base_numerator,
    base_denominator,
    round(base_percent, 10) as base_percent,
    case when base_percent is not null then base_coverage end as base_coverage,
    target_percent,
    pace_start_percent,
    elapsed_share,
    round(pace_start_percent + (target_percent - pace_start_percent) * elapsed_share, 10) as pace_percent,
    case
        when not is_bound then 'other_level'
        when target_kind = 'followed' then 'none_set'
        when target_percent is null then 'base_not_measured'
    end as target_reason
from aimed
