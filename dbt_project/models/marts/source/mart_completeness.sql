-- Whether the dossiers that were landed reach the totals that outside systems state. No total, or a period
-- that was never read from its beginning: unknown, which is not complete.
with compared as (
    select
        landed.unit_code,
        landed.root_code,
        landed.period_grain,
        landed.period_start,
        landed.is_provisional,
        limits.statement,
        stated.source_id as stated_by,
        stated.received_total as stated_total,
        landed.counted_dossiers,
        landed.quarantined_dossiers,
        landed.counted_dossiers + landed.quarantined_dossiers as landed_dossiers,
        greatest(limits.slack, stated.received_total * limits.tolerance_percent / 100) as tolerance,
        coalesce(landed.starts_at >= started.read_from, false) as is_read
    from {{ ref('int_landed_dossier') }} as landed
    cross join {{ ref('completeness_limits') }} as limits
    left join {{ ref('int_dossier_read_from') }} as started on landed.root_code = started.root_code
    left join {{ ref('stg_reporting__stated_total') }} as stated
        on
            limits.statement = stated.statement
            and landed.unit_code = stated.unit_code
            and landed.period_grain = stated.period_grain
            and landed.period_start = stated.period_start
),

judged as (
    select
        compared.*,
        case
            when compared.stated_total is null or not compared.is_read then 'unknown'
            when compared.landed_dossiers < compared.stated_total - compared.tolerance then 'incomplete'
            when compared.landed_dossiers > compared.stated_total + compared.tolerance then 'exceeding'
            else 'complete'
        end as completeness
    from compared
)

select
    judged.unit_code,
    unit.unit_name,
    judged.root_code as province_code,
    judged.period_grain,
    judged.period_start,
    judged.is_provisional,
    judged.statement,
    judged.stated_by,
    judged.stated_total::bigint as stated_total,
    case when judged.is_read then judged.landed_dossiers::bigint end as landed_dossiers,
    case when judged.is_read then judged.counted_dossiers::bigint end as counted_dossiers,
    case when judged.is_read then judged.quarantined_dossiers::bigint end as quarantined_dossiers,
    case when judged.is_read then (judged.stated_total - judged.landed_dossiers)::bigint end as missing_dossiers,
    case
        when judged.is_read
            then round(100 * judged.landed_dossiers::numeric / nullif(judged.stated_total, 0), 2)
    end as landed_percent,
    round(judged.tolerance, 2) as tolerance,
    judged.completeness,
    words.name_vi as completeness_vi
from judged
inner join {{ ref('int_org_unit') }} as unit on judged.unit_code = unit.unit_code
inner join {{ ref('completeness_words') }} as words on judged.completeness = words.completeness
