-- What was measured, per figure and window at its end or at evaluated_at: from records where they reach, and
-- beside it as stated. `as_of`: the last day that the figures cover.
select
    scope_code,
    window_key,
    measure_code,
    row_kind,
    unit_code,
    unit_level,
    'records' as basis,
    cut_on as as_of,
    sum(numerator) as numerator,
    sum(denominator) as denominator
from {{ ref('int_target_dossier_measure') }}
where is_final
group by scope_code, window_key, measure_code, row_kind, unit_code, unit_level, cut_on
union all
select
    scope_code,
    window_key,
    measure_code,
    row_kind,
    unit_code,
    unit_level,
    'records' as basis,
    day as as_of,
    numerator,
    denominator
from (
    select
        counted.*,
        row_number() over (
            partition by scope_code, window_key, measure_code, row_kind, unit_code, unit_level order by day desc
        ) as recency
    from {{ ref('int_target_procedure_measure') }} as counted
) as counted
where recency = 1
union all
select
    measured.scope_code,
    measured.window_key,
    measured.measure_code,
    'level' as row_kind,
    measured.scope_code as unit_code,
    'all' as unit_level,
    'records' as basis,
    asked.judged_on as as_of,
    measured.numerator,
    measured.denominator
from {{ ref('int_target_indicator_measure') }} as measured
inner join {{ ref('int_target_window') }} as asked
    on
        measured.scope_code = asked.scope_code and measured.window_key = asked.window_key
        and measured.measure_code = asked.measure_code
union all
select
    scope_code,
    window_key,
    measure_code,
    row_kind,
    unit_code,
    unit_level,
    'stated' as basis,
    day as as_of,
    numerator,
    denominator
from (
    select
        stated.*,
        row_number() over (
            partition by scope_code, window_key, measure_code, row_kind, unit_code, unit_level order by day desc
        ) as recency
    from {{ ref('int_target_statement') }} as stated
) as stated
where recency = 1
