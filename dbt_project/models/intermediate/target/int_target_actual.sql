-- Numerator and denominator of every figure of a target in every window, or why there is none. Records speak
-- before statements. Inputs that are there and count nothing give 0 of 0; a missing input gives null.
with figures as (
    select distinct
        scope_code,
        row_kind,
        unit_code,
        unit_level,
        false as is_of_three_levels
    from {{ ref('int_target_member') }}
    union
    select distinct
        scope_code,
        'level' as row_kind,
        scope_code as unit_code,
        unit_level,
        false as is_of_three_levels
    from {{ ref('int_target') }}
    union
    -- A province had three levels until the merger of 2025: one without a unit or dossier is shown empty.
    select
        province.unit_code as scope_code,
        'level' as row_kind,
        province.unit_code,
        levels.unit_level,
        true as is_of_three_levels
    from {{ ref('int_org_unit') }} as province
    cross join (values ('province'), ('district'), ('commune')) as levels (unit_level)
    where province.unit_type = 'province' and province.unit_code = province.root_code
),

-- The merger, as the last day of the provinces that ended with it.
merger as (
    select max(valid_to) as last_day
    from {{ ref('province_succession') }}
),

supplied as (
    select distinct
        asked.*,
        figures.row_kind,
        figures.unit_code,
        figures.unit_level,
        coalesce(
            asked.counting <> 'stated' and asked.record_coverage <> 'missing' and coverage.has_inputs, false
        ) as has_records
    from {{ ref('int_target_window') }} as asked
    inner join figures
        on
            asked.scope_code = figures.scope_code
            and (not figures.is_of_three_levels or asked.window_start <= (select merger.last_day from merger))
    left join {{ ref('int_indicator_coverage') }} as coverage
        on asked.measure_code = coverage.indicator_code and asked.root_code = coverage.root_code
),

joined as (
    select
        supplied.*,
        -- An indicator of a whole unit and calendar period says nothing of a level or of another window.
        supplied.has_records and (supplied.counting <> 'indicator' or records.scope_code is not null) as is_of_records,
        records.scope_code is not null as has_cases,
        records.numerator as counted_numerator,
        records.denominator as counted_denominator,
        stated.scope_code is not null as is_stated,
        stated.as_of as stated_as_of,
        stated.numerator as stated_numerator,
        stated.denominator as stated_denominator
    from supplied
    left join {{ ref('int_target_measured') }} as records
        on
            supplied.scope_code = records.scope_code and supplied.window_key = records.window_key
            and supplied.measure_code = records.measure_code and supplied.row_kind = records.row_kind
            and supplied.unit_code = records.unit_code and supplied.unit_level = records.unit_level
            and records.basis = 'records'
    left join {{ ref('int_target_measured') }} as stated
        on
            supplied.scope_code = stated.scope_code and supplied.window_key = stated.window_key
            and supplied.measure_code = stated.measure_code and supplied.row_kind = stated.row_kind
            and supplied.unit_code = stated.unit_code and supplied.unit_level = stated.unit_level
            and stated.basis = 'stated'
),

valued as (
    select
        joined.*,
        case
            when joined.is_of_records and joined.has_cases then joined.counted_numerator
            when joined.is_of_records then 0
            else joined.stated_numerator
        end as numerator,
        case
            when joined.is_of_records and joined.has_cases then joined.counted_denominator
            when joined.is_of_records then 0
            else joined.stated_denominator
        end as denominator
    from joined
)

select
    scope_code,
    window_key,
    measure_code,
    row_kind,
    unit_code,
    unit_level,
    case when is_of_records then 'records' when is_stated then 'stated' end as basis,
    case when is_of_records then judged_on when is_stated then stated_as_of end as as_of,
    case when is_of_records then record_coverage when is_stated then 'stated' else 'missing' end as coverage,
    numerator,
    denominator,
    case
        when not has_begun then 'not_begun'
        when denominator = 0 then 'zero_denominator'
        when denominator is not null then null
        when is_of_records and counting = 'dossier_clock' then 'deadline_unknown'
        when has_records and not is_of_records then 'not_by_level'
        else 'no_source'
    end as reason
from valued
