-- Dossiers received as two outside systems state them, per unit and period: a unit's own row stands
-- for it and all below; where it has none, the rows of the nearest units below it that have one are added up
-- (raw_id: the row of its own).
with totals as (
    select
        'national_report' as total_source,
        unit_code,
        period_grain,
        period_start,
        received_total,
        raw_id
    from {{ ref('stg_reporting__national_report_total') }}
    union all
    select
        'portal' as total_source,
        unit_code,
        period_grain,
        period_start,
        received_total,
        raw_id
    from {{ ref('stg_reporting__portal_total') }}
),

-- A total is added to each unit above it, up to and including the nearest that states one of its own.
added as (
    select
        totals.total_source,
        above.ancestor_code as unit_code,
        totals.period_grain,
        totals.period_start,
        sum(totals.received_total)::bigint as received_total
    from totals
    inner join {{ ref('int_unit_closure') }} as above
        on totals.unit_code = above.unit_code and above.distance > 0
    where
        not exists (
            select 1
            from {{ ref('int_unit_closure') }} as between_units
            inner join totals as nearer on between_units.ancestor_code = nearer.unit_code
            where
                between_units.unit_code = totals.unit_code
                and between_units.distance > 0
                and between_units.distance < above.distance
                and nearer.total_source = totals.total_source
                and nearer.period_grain = totals.period_grain
                and nearer.period_start = totals.period_start
        )
    group by totals.total_source, above.ancestor_code, totals.period_grain, totals.period_start
)

select
    coalesce(totals.total_source, added.total_source) as total_source,
    coalesce(totals.unit_code, added.unit_code) as unit_code,
    coalesce(totals.period_grain, added.period_grain) as period_grain,
    coalesce(totals.period_start, added.period_start) as period_start,
    coalesce(totals.received_total, added.received_total) as received_total,
    totals.raw_id
from totals
full outer join added
    on
        totals.total_source = added.total_source
        and totals.unit_code = added.unit_code
        and totals.period_grain = added.period_grain
        and totals.period_start = added.period_start
