-- Why a unit's whole dossier population differs from the published one in a period, read off 2.1:
-- the publisher lacks what the feed never acknowledged, or counts rows that stand in quarantine here,
-- or the difference is exactly that of the units below.
with progress as (
    select
        unit_code,
        period_grain,
        period_start,
        published_numerator - computed_numerator as numerator_difference,
        published_denominator - computed_denominator as denominator_difference,
        published_numerator,
        published_denominator,
        has_different_parts
    from {{ ref('int_compared_indicator') }}
    where indicator_code = '2.1' and is_computed and is_published
),

evidenced as (
    select
        progress.*,
        case
            when not progress.has_different_parts then null
            when (synced.on_time, synced.judged) = (progress.published_numerator, progress.published_denominator)
                then 'late_sync'
            when
                progress.denominator_difference between 1 and coalesce(held.dossiers, 0)
                and progress.numerator_difference between 0 and progress.denominator_difference
                then 'quarantined_rows'
        end as own_cause
    from progress
    left join {{ ref('int_dossier_count_variant') }} as synced
        on
            synced.variant = 'synced'
            and progress.unit_code = synced.unit_code
            and progress.period_grain = synced.period_grain
            and progress.period_start = synced.period_start
    left join {{ ref('int_quarantined_dossier') }} as held on progress.unit_code = held.unit_code
),

below as (
    select
        unit.parent_code as unit_code,
        evidenced.period_grain,
        evidenced.period_start,
        sum(evidenced.numerator_difference) as numerator_difference,
        sum(evidenced.denominator_difference) as denominator_difference,
        min(evidenced.own_cause) as cause
    from evidenced
    inner join {{ ref('int_org_unit') }} as unit on evidenced.unit_code = unit.unit_code
    where evidenced.has_different_parts
    group by unit.parent_code, evidenced.period_grain, evidenced.period_start
    having count(distinct evidenced.own_cause) = 1 and count(*) = count(evidenced.own_cause)
)

select
    evidenced.unit_code,
    evidenced.period_grain,
    evidenced.period_start,
    coalesce(
        evidenced.own_cause,
        case
            when
                (evidenced.numerator_difference, evidenced.denominator_difference)
                = (below.numerator_difference, below.denominator_difference)
                then below.cause
        end
    ) as cause
from evidenced
left join below
    on
        evidenced.unit_code = below.unit_code
        and evidenced.period_grain = below.period_grain
        and evidenced.period_start = below.period_start
where evidenced.has_different_parts
