-- Dossiers received in a period that were landed, per unit as it stood, with all below it: those that count, and those
-- that are held in quarantine and count nowhere. A held record without a date stands in no period.
with held as (
    select
        closure.ancestor_code as unit_code,
        period.period_grain,
        period.period_start,
        count(*) as dossiers
    from {{ ref('stg_onestop__quarantined_dossier') }} as quarantined
    inner join {{ ref('int_period') }} as period
        on quarantined.received_at between period.starts_at and period.judged_at
    inner join {{ ref('int_as_was_closure') }} as closure
        on
            quarantined.unit_code = closure.unit_code
            and period.period_grain = closure.period_grain
            and period.period_start = closure.period_start
    where
        not exists (
            select 1 from {{ ref('int_dossier') }} as current_version
            where current_version.dossier_code = quarantined.dossier_code
        )
    group by closure.ancestor_code, period.period_grain, period.period_start
)

select
    spine.unit_code,
    spine.root_code,
    spine.period_grain,
    spine.period_start,
    spine.starts_at,
    spine.is_provisional,
    coalesce(counts.received, 0) as counted_dossiers,
    coalesce(held.dossiers, 0) as quarantined_dossiers
from {{ ref('int_scored_unit_period') }} as spine
inner join {{ ref('int_boundary_scope') }} as shown
    on
        shown.boundary = 'as_was'
        and spine.unit_code = shown.unit_code
        and spine.period_grain = shown.period_grain
        and spine.period_start = shown.period_start
left join {{ ref('int_dossier_count') }} as counts
    on
        shown.scope_code = counts.unit_code
        and spine.period_grain = counts.period_grain
        and spine.period_start = counts.period_start
        and counts.procedure_code = '*'
left join held
    on
        spine.unit_code = held.unit_code
        and spine.period_grain = held.period_grain
        and spine.period_start = held.period_start
