-- Dossier measures of targets, per figure, window, cut and day (week) of entry: numerators and denominators
-- that add up over units and days of entry, never over windows.
with counted as (
    select
        asked.scope_code,
        asked.window_key,
        asked.measure_code,
        case when dossiers.is_final then asked.judged_on else dossiers.cut_on end as cut_on,
        dossiers.is_final,
        dossiers.entry_day,
        member.row_kind,
        member.unit_code,
        member.unit_level,
        values_of.numerator,
        values_of.denominator
    from {{ ref('int_target_window') }} as asked
    inner join {{ ref('int_target_member') }} as member on asked.scope_code = member.scope_code
    inner join {{ ref('int_target_dossier_day') }} as dossiers
        on asked.window_key = dossiers.window_key and member.member_code = dossiers.unit_code
    cross join
        lateral (
            {{ dossier_indicator_values('dossiers') }}
        ) as values_of (indicator_code, numerator, denominator)
    where
        asked.counting in ('dossier', 'dossier_clock')
        and values_of.indicator_code = asked.measure_code
        and (dossiers.is_final or asked.counting = 'dossier_clock')
)

select
    scope_code,
    window_key,
    measure_code,
    cut_on,
    is_final,
    row_kind,
    unit_code,
    unit_level,
    entry_day,
    sum(numerator) as numerator,
    sum(denominator) as denominator
from counted
group by scope_code, window_key, measure_code, cut_on, is_final, row_kind, unit_code, unit_level, entry_day
