-- Dossiers received as two outside systems state them, per unit and period: a unit's own row stands
-- for it and all below; where it has none, the rows of the units just below it are added up.
with totals as (
    select
        'national_report' as total_source,
        unit_code,
        period_grain,
        period_start,
        received_total
    from {{ ref('stg_reporting__national_report_total') }}
    union all
    select
        'portal' as total_source,
        unit_code,
        period_grain,
        period_start,
        received_total
    from {{ ref('stg_reporting__portal_total') }}
),

added as (
    select
        totals.total_source,
        unit.parent_code as unit_code,
        totals.period_grain,
        totals.period_start,
        sum(totals.received_total)::bigint as received_total
    from totals
    inner join {{ ref('int_org_unit') }} as unit on totals.unit_code = unit.unit_code
    where unit.parent_code is not null
    group by totals.total_source, unit.parent_code, totals.period_grain, totals.period_start
)

select
    coalesce(totals.total_source, added.total_source) as total_source,
    coalesce(totals.unit_code, added.unit_code) as unit_code,
    coalesce(totals.period_grain, added.period_grain) as period_grain,
    coalesce(totals.period_start, added.period_start) as period_start,
    coalesce(totals.received_total, added.received_total) as received_total
from totals
full outer join added
    on
        totals.total_source = added.total_source
        and totals.unit_code = added.unit_code
        and totals.period_grain = added.period_grain
        and totals.period_start = added.period_start
