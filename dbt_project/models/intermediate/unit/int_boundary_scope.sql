-- Which scope states a unit's figures, per period and boundary. as_was: the unit as it stood on the period's
-- first day; a merger inside the period counts from the next one on. as_is: the unit as it stands at
-- evaluated_at, whatever the period; a unit that has ended has none. root_scope_code: the province's scope,
-- whose figures 1.1-1.3 the unit inherits.
with units as (
    select
        'as_was' as boundary,
        unit_code,
        unit_type,
        root_code,
        data_origin,
        period_grain,
        period_start,
        is_provisional,
        evaluated_at,
        period_start as stands_on
    from {{ ref('int_scored_unit_period') }}
    union all
    select
        'as_is' as boundary,
        unit.unit_code,
        unit.unit_type,
        unit.root_code,
        unit.data_origin,
        counted.period_grain,
        counted.period_start,
        counted.is_provisional,
        counted.evaluated_at,
        {{ local_date('counted.evaluated_at') }} as stands_on
    from {{ ref('int_org_unit') }} as unit
    inner join (
        select
            coalesce(scope.unit_code, period.unit_code) as unit_code,
            period.period_grain,
            period.period_start,
            period.is_provisional,
            period.evaluated_at
        from {{ ref('int_scope_period') }} as period
        left join {{ ref('int_unit_scope') }} as scope on period.unit_code = scope.scope_code
        group by 1, 2, 3, 4, 5
    ) as counted on unit.unit_code = counted.unit_code
    where coalesce(unit.valid_to >= {{ local_date('counted.evaluated_at') }}, true)
)

select
    units.boundary,
    units.unit_code,
    units.unit_type,
    units.root_code,
    units.data_origin,
    units.period_grain,
    units.period_start,
    units.is_provisional,
    units.evaluated_at,
    coalesce(own.scope_code, units.unit_code) as scope_code,
    coalesce(root.scope_code, units.root_code) as root_scope_code
from units
left join {{ ref('int_unit_scope') }} as own
    on
        units.unit_code = own.unit_code
        and own.valid_from = (
            select max(latest.valid_from) from {{ ref('int_unit_scope') }} as latest
            where latest.unit_code = units.unit_code and latest.valid_from <= units.stands_on
        )
left join {{ ref('int_unit_scope') }} as root
    on
        units.root_code = root.unit_code
        and root.valid_from = (
            select max(latest.valid_from) from {{ ref('int_unit_scope') }} as latest
            where latest.unit_code = units.root_code and latest.valid_from <= units.stands_on
        )
