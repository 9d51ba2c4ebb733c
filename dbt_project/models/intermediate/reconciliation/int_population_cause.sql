-- Why a unit's whole dossier population differs from the published one in a period, read off 2.1: the
-- publisher lacks what the feed never acknowledged, or counts rows that stand in quarantine here, or both
-- where neither alone will do, or the difference is exactly that of the explained units below.
with progress as (
    select
        compared.unit_code,
        compared.period_grain,
        compared.period_start,
        compared.published_numerator,
        compared.published_denominator,
        compared.computed_denominator,
        compared.published_numerator - compared.computed_numerator as numerator_difference,
        compared.published_denominator - compared.computed_denominator as denominator_difference,
        coalesce(held.dossiers, 0) as held,
        -- No dossier with a receipt is 0 of 0, if receipts are read at all.
        coalesce(synced.on_time, case when feed.is_supplied then 0 end) as synced_on_time,
        coalesce(synced.judged, case when feed.is_supplied then 0 end) as synced_judged
    from {{ ref('int_compared_indicator') }} as compared
    inner join {{ ref('int_org_unit') }} as unit on compared.unit_code = unit.unit_code
    left join {{ ref('int_input_coverage') }} as feed
        on unit.root_code = feed.root_code and feed.entity = 'sync_receipt'
    left join {{ ref('int_quarantined_dossier') }} as held on compared.scope_code = held.unit_code
    left join {{ ref('int_dossier_count_variant') }} as synced
        on
            synced.variant = 'synced'
            and compared.scope_code = synced.unit_code
            and compared.period_grain = synced.period_grain
            and compared.period_start = synced.period_start
    where
        compared.indicator_code = '2.1' and compared.is_computed and compared.is_published
        and compared.has_different_parts
),

evidenced as (
    select
        unit_code,
        period_grain,
        period_start,
        numerator_difference,
        denominator_difference,
        case
            when (synced_on_time, synced_judged) = (published_numerator, published_denominator)
                then array['late_sync']
            when
                denominator_difference between 1 and held
                and numerator_difference between 0 and denominator_difference
                then array['quarantined_rows']
            when
                synced_judged < computed_denominator
                and published_denominator - synced_judged between 1 and held
                and published_numerator - synced_on_time between 0 and published_denominator - synced_judged
                then array['late_sync', 'quarantined_rows']
        end as causes
    from progress
),

-- The highest explained units below each unit: their differences add up, none is counted twice.
below as (
    select
        above.ancestor_code as unit_code,
        evidenced.period_grain,
        evidenced.period_start,
        evidenced.numerator_difference,
        evidenced.denominator_difference,
        evidenced.causes
    from evidenced
    inner join {{ ref('int_unit_closure') }} as above
        on evidenced.unit_code = above.unit_code and above.distance > 0
    where
        evidenced.causes is not null
        and not exists (
            select 1
            from {{ ref('int_unit_closure') }} as between_units
            inner join evidenced as nearer on between_units.ancestor_code = nearer.unit_code
            where
                between_units.unit_code = evidenced.unit_code
                and between_units.distance > 0
                and between_units.distance < above.distance
                and nearer.period_grain = evidenced.period_grain
                and nearer.period_start = evidenced.period_start
                and nearer.causes is not null
        )
),

added as (
    select
        unit_code,
        period_grain,
        period_start,
        sum(numerator_difference) as numerator_difference,
        sum(denominator_difference) as denominator_difference
    from below
    group by unit_code, period_grain, period_start
)

select
    evidenced.unit_code,
    evidenced.period_grain,
    evidenced.period_start,
    own.cause
from evidenced
cross join lateral unnest(evidenced.causes) as own (cause)
union
select
    evidenced.unit_code,
    evidenced.period_grain,
    evidenced.period_start,
    passed_on.cause
from evidenced
inner join added
    on
        evidenced.unit_code = added.unit_code
        and evidenced.period_grain = added.period_grain
        and evidenced.period_start = added.period_start
inner join below
    on
        evidenced.unit_code = below.unit_code
        and evidenced.period_grain = below.period_grain
        and evidenced.period_start = below.period_start
cross join lateral unnest(below.causes) as passed_on (cause)
where
    evidenced.causes is null
    and (evidenced.numerator_difference, evidenced.denominator_difference)
    = (added.numerator_difference, added.denominator_difference)
