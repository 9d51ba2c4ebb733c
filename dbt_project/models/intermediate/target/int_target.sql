-- Each row of the plans with each unit that it binds: the issuer, or every province (every ministry) where
-- the issuer is '*'. is_scope_known: false where the plan names a unit whose code nobody has stated.
with every_root as (
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
    target.source as plan,
    target.scope as plan_scope,
    target.unit_level,
    target.measure_code,
    target.target_kind,
    target.target_percent as stated_percent,
    target.change_value,
    target.period_start,
    target.period_end,
    target.base_start,
    target.base_end,
    target.quote,
    measure.counting,
    coalesce(every_root.unit_code, named.unit_code, target.issuer_code) as scope_code,
    coalesce(every_root.unit_code, named.root_code, target.issuer_code) as root_code,
    target.issuer_unit_name,
    (target.issuer_unit_name is null or named.unit_code is not null) and target.issuer_code <> '*'
    or every_root.unit_code is not null as is_scope_known
from {{ ref('targets') }} as target
inner join {{ ref('target_measures') }} as measure on target.measure_code = measure.measure_code
left join every_root
    on
        target.issuer_code = '*'
        and every_root.root_type = case target.unit_level when 'ministry' then 'ministry' else 'province' end
left join named on target.issuer_code = named.root_code and target.issuer_unit_name = named.unit_name
