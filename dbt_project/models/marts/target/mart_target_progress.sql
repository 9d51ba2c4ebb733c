{{ config(indexes=[{'columns': ['unit_code']}]) }}

-- Targets of published plans against what was measured: per target, period and figure (all levels together,
-- one level, one unit).
with compared as (
    select
        aim.*,
        {{ target_cases('aim.target_percent', 'aim.denominator') }} as cases_wanted,
        forecast.cases_to_come,
        (aim.numerator + forecast.ratio * forecast.cases_to_come)
        / nullif(aim.denominator + forecast.cases_to_come, 0) as forecast_ratio,
        (aim.numerator + forecast.ratio_low * forecast.cases_to_come)
        / nullif(aim.denominator + forecast.cases_to_come, 0) as forecast_low,
        (aim.numerator + forecast.ratio_high * forecast.cases_to_come)
        / nullif(aim.denominator + forecast.cases_to_come, 0) as forecast_high
    from {{ ref('int_target_aim') }} as aim
    left join {{ ref('int_target_forecast') }} as forecast
        on
            aim.basis = 'records' and not aim.has_ended
            and aim.scope_code = forecast.scope_code and aim.window_key = forecast.window_key
            and aim.measure_code = forecast.measure_code and aim.row_kind = forecast.row_kind
            and aim.unit_code = forecast.unit_code and aim.unit_level = forecast.unit_level
),

judged as (
    select
        compared.*,
        compared.actual_percent >= compared.target_percent as is_reached,
        compared.actual_percent >= compared.pace_percent as is_on_track,
        case
            when not compared.has_begun then 'not_begun'
            when compared.actual_reason = 'zero_denominator' then 'no_cases'
            when compared.actual_percent is null then 'no_source'
            when compared.target_reason in ('other_level', 'none_set') then 'no_target'
            when compared.target_percent is null then 'no_base'
            when compared.actual_percent >= compared.target_percent then 'reached'
            when compared.has_ended then 'missed'
            when compared.pace_percent is null then 'in_progress'
            when compared.actual_percent >= compared.pace_percent then 'on_track'
            else 'behind'
        end as status,
        case
            when compared.forecast_ratio is not null then null
            when not compared.has_begun then 'not_begun'
            when compared.actual_percent is null then coalesce(compared.actual_reason, 'no_source')
            when compared.has_ended then 'ended'
            when compared.period_end is null then 'no_end'
            when compared.basis <> 'records' or compared.counting not in ('dossier', 'dossier_clock')
                then 'not_additive'
            else 'too_little_history'
        end as forecast_reason
    from compared
)

select
    judged.target_id,
    coalesce(target.source, followed.plan) as plan,
    target.issuing_unit,
    coalesce(target.scope, 'province') as plan_scope,
    judged.target_level,
    judged.measure_code,
    coalesce(target.indicator_code, followed.measure_code) as indicator_code,
    coalesce(measure.name_vi, indicator.name_vi) as measure_name_vi,
    coalesce(measure.name_en, indicator.name_en) as measure_name_en,
    target.quote,
    judged.target_kind,
    judged.period_grain,
    judged.period_start,
    judged.period_end,
    judged.row_kind,
    judged.unit_code,
    case
        when judged.actual_reason = 'unit_unknown' then target.issuer_unit_name
        else coalesce(unit.unit_name, province.name)
    end as unit_name,
    judged.unit_level,
    judged.root_code as province_code,
    round(judged.target_percent, 4) as target_percent,
    judged.target_reason,
    judged.base_start,
    judged.base_end,
    judged.base_numerator,
    judged.base_denominator,
    round(judged.base_percent, 4) as base_percent,
    judged.base_coverage,
    judged.numerator,
    judged.denominator,
    round(judged.actual_percent, 4) as actual_percent,
    judged.actual_reason,
    judged.basis as actual_basis,
    judged.as_of as actual_as_of,
    judged.coverage,
    round(judged.actual_percent - judged.target_percent, 4) as gap_points,
    judged.numerator - judged.cases_wanted as gap_cases,
    round(judged.elapsed_share, 6) as elapsed_share,
    round(judged.pace_percent, 4) as pace_percent,
    judged.is_on_track,
    judged.is_reached,
    round(100 * judged.forecast_ratio, 4) as forecast_percent,
    round(100 * judged.forecast_low, 4) as forecast_low_percent,
    round(100 * judged.forecast_high, 4) as forecast_high_percent,
    judged.forecast_reason,
    judged.status,
    words.name_vi as status_vi,
    words.name_en as status_en,
    judged.judged_on,
    not judged.has_ended as is_provisional,
    judged.evaluated_at,
    coalesce(unit.data_origin, 'recorded') as data_origin
from judged
left join {{ ref('targets') }} as target on judged.target_id = target.target_id
left join {{ ref('followed_measures') }} as followed
    on judged.target_kind = 'followed' and judged.measure_code = followed.measure_code
inner join {{ ref('target_measures') }} as measure on judged.measure_code = measure.measure_code
inner join {{ ref('target_words') }} as words on words.kind = 'status' and judged.status = words.code
left join {{ ref('indicators') }} as indicator on judged.measure_code = indicator.code
left join {{ ref('int_org_unit') }} as unit on judged.unit_code = unit.unit_code
left join {{ ref('province_succession') }} as province on judged.unit_code = province.org_code
