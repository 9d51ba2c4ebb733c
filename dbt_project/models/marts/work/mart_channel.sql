-- Dossiers received per channel, unit and period. A unit without a source of dossiers has no number, not 0.
with counted as (
    select
        unit_code,
        period_grain,
        period_start,
        channel,
        sum(dossiers) as dossiers
    from {{ ref('int_reception_period') }}
    group by unit_code, period_grain, period_start, channel
),

stated as (
    select
        spine.*,
        channel.channel,
        channel.name_vi,
        channel.name_en,
        case when coverage.is_supplied then coalesce(counted.dossiers, 0) end as dossiers
    from {{ ref('int_scored_unit_period') }} as spine
    cross join {{ ref('channels') }} as channel
    inner join {{ ref('int_input_coverage') }} as coverage
        on coverage.entity = 'dossier' and spine.root_code = coverage.root_code
    left join counted
        on
            spine.unit_code = counted.unit_code
            and spine.period_grain = counted.period_grain
            and spine.period_start = counted.period_start
            and channel.channel = counted.channel
),

totalled as (
    select
        stated.*,
        sum(stated.dossiers) over (
            partition by stated.unit_code, stated.period_grain, stated.period_start
        ) as all_dossiers
    from stated
)

select
    unit_code,
    period_grain,
    period_start,
    channel,
    name_vi as channel_vi,
    name_en as channel_en,
    dossiers::bigint as dossiers,
    all_dossiers::bigint as all_dossiers,
    round(100 * dossiers / nullif(all_dossiers, 0), 2) as share,
    case when dossiers is null then 'no_source' when all_dossiers = 0 then 'zero_denominator' end as share_reason,
    is_provisional,
    evaluated_at,
    data_origin
from totalled
