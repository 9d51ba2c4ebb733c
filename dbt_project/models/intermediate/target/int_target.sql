-- Each row of the plans with each unit that it binds: the issuer, or every province (every ministry) where
-- the issuer is '*'. is_scope_known: false where the plan names a unit whose code nobody has stated. Measures
-- that are followed in every province, whatever its plans, stand beside them, by the year and without a rate.
with planned as (
    select
        target_id,
        scope as plan_scope,
        unit_level,
        measure_code,
        target_kind,
        target_percent as stated_percent,
        change_value,
        period_start,
        period_end,
        base_start,
        base_end,
        issuer_code,
        issuer_unit_name
    from {{ ref('targets') }}
    union all
    select
        'FOLLOW-' || followed.measure_code as target_id,
        'province' as plan_scope,
        'all' as unit_level,
        followed.measure_code,
        'followed' as target_kind,
        null as stated_percent,
        null as change_value,
        years.first_day::date as period_start,
        (years.first_day + interval '1 year')::date - 1 as period_end,
        null as base_start,
        null as base_end,
        '*' as issuer_code,
        null as issuer_unit_name
    from {{ ref('followed_measures') }} as followed
    cross join lateral generate_series(
        followed.first_day::timestamp, followed.last_day::timestamp, interval '1 year'
    ) as years (first_day)
),

every_root as (
    select
        unit_code,
        case unit_type when 'ministry' then 'ministry' else 'province' end as root_type
    from {{ ref('int_org_unit') }}
    where unit_code = root_code
),

named as (
    select
        unit_code,
        root_code,
        unit_name
    from {{ ref('int_org_unit') }}
)

select
    target.target_id,
    target.plan_scope,
    target.unit_level,
    target.measure_code,
    target.target_kind,
    target.stated_percent,
    target.change_value,
    target.period_start,
    target.period_end,
    target.base_start,
    target.base_end,
    measure.counting,
    coalesce(every_root.unit_code, named.unit_code, target.issuer_code) as scope_code,
    split_part(coalesce(every_root.unit_code, named.unit_code, target.issuer_code), '.', 1) as root_code,
    (target.issuer_unit_name is null or named.unit_code is not null) and target.issuer_code <> '*'
    or every_root.unit_code is not null as is_scope_known
from planned as target
inner join {{ ref('target_measures') }} as measure on target.measure_code = measure.measure_code
left join every_root
    on
        target.issuer_code = '*'
        and every_root.root_type = case target.unit_level when 'ministry' then 'ministry' else 'province' end
left join named on target.issuer_code = named.root_code and target.issuer_unit_name = named.unit_name
