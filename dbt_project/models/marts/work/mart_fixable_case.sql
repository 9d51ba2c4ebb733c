-- Every case that does not count, with what could still be done for it and whether it is not too late. Cases and
-- reasons are mart_indicator_case's; what can be put right stands in fixable_reasons.
with cases as (
    select distinct on (unit_code, indicator_code, period_grain, period_start, case_code) *
    from {{ ref('mart_indicator_case') }}
    -- Of several rows of one case the one that counts: then it is no case to put right.
    order by
        unit_code asc, indicator_code asc, period_grain asc, period_start asc, case_code asc, is_in_numerator desc,
        is_in_denominator desc
),

judged as (
    select
        cases.*,
        reason.action_vi,
        reason.action_en,
        reason.effort,
        case
            when reason.fixable = 'no' then 'too_late'
            when cases.indicator_code in ('1.1', '1.2', '1.3') and cases.unit_code <> cases.case_unit_code
                then 'inherited'
            when reason.fixable = 'while_open' and dossier.ended_at is not null then 'dossier_ended'
            when reason.fixable = 'in_period' and not period.is_provisional then 'period_over'
            when reason.fixable = 'until_due' and coalesce(cases.due_at <= period.evaluated_at, true) then 'too_late'
        end as obstacle
    from cases
    inner join {{ ref('fixable_reasons') }} as reason
        on cases.indicator_code = reason.indicator_code and cases.reason_code = reason.reason_code
    inner join {{ ref('int_period') }} as period
        on cases.period_grain = period.period_grain and cases.period_start = period.period_start
    left join {{ ref('fct_dossier') }} as dossier
        on reason.fixable = 'while_open' and cases.case_kind = 'dossier' and cases.case_code = dossier.dossier_code
    where not cases.is_in_numerator
)

select
    unit_code,
    indicator_code,
    period_grain,
    period_start,
    case_kind,
    case_code,
    case_unit_code,
    procedure_code,
    reason_code,
    obstacle is null as is_fixable,
    obstacle,
    action_vi,
    action_en,
    effort,
    started_at,
    due_at
from judged
