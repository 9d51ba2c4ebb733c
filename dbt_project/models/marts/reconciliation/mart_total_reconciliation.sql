-- The national reporting system's totals beside what was counted, measure by measure. Dossiers received are
-- those of mart_completeness; the other columns of form II.06a are counted here.
with stated as (
    select
        stated.unit_code,
        stated.period_grain,
        stated.period_start,
        stated.measure,
        stated.stated_by,
        stated.stated,
        counted.counted,
        greatest(stated.slack, round(stated.stated * stated.tolerance_percent / 100, 2)) as tolerance,
        coalesce(period.starts_at >= started.read_from, false) as is_read,
        coalesce(period.is_provisional, false) as is_provisional,
        stated.data_origin
    from {{ ref('int_form_measure') }} as stated
    inner join {{ ref('int_counted_measure') }} as counted
        on
            stated.unit_code = counted.unit_code
            and stated.period_grain = counted.period_grain
            and stated.period_start = counted.period_start
            and stated.measure = counted.measure
    inner join {{ ref('int_org_unit') }} as unit on stated.unit_code = unit.unit_code
    left join {{ ref('int_period') }} as period
        on stated.period_grain = period.period_grain and stated.period_start = period.period_start
    left join {{ ref('int_dossier_read_from') }} as started on unit.root_code = started.root_code
    union all
    select
        complete.unit_code,
        complete.period_grain,
        complete.period_start,
        'received_total' as measure,
        complete.stated_by,
        complete.stated_total as stated,
        complete.landed_dossiers as counted,
        complete.tolerance,
        complete.landed_dossiers is not null as is_read,
        complete.is_provisional,
        origin.data_origin
    from {{ ref('mart_completeness') }} as complete
    inner join {{ ref('int_source_status') }} as origin
        on complete.stated_by = origin.source_id and origin.entity = 'national_report_total'
    where complete.statement = 'national_report'
)

select
    stated.unit_code,
    unit.unit_name,
    stated.period_grain,
    stated.period_start,
    stated.is_provisional,
    stated.measure,
    coalesce(words.name_vi, 'Tiếp nhận trong kỳ') as measure_vi,
    coalesce(words.name_en, 'Received in the period') as measure_en,
    stated.stated_by,
    stated.stated::bigint as stated,
    case when stated.is_read then stated.counted::bigint end as counted,
    case when stated.is_read then (stated.stated - stated.counted)::bigint end as difference,
    stated.tolerance,
    case
        when not stated.is_read then 'not_read'
        when stated.stated = stated.counted then 'equal'
        when abs(stated.stated - stated.counted) <= stated.tolerance then 'within_tolerance'
        else 'different'
    end as status,
    stated.data_origin
from stated
inner join {{ ref('int_org_unit') }} as unit on stated.unit_code = unit.unit_code
left join (
    select distinct
        measure,
        name_vi,
        name_en
    from {{ ref('report_form_measures') }}
) as words on stated.measure = words.measure
