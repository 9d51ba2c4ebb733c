-- 1.4: dossiers received that the national feed holds, of the total that outside systems state.
select
    spine.unit_code,
    spine.period_grain,
    spine.period_start,
    '*' as procedure_code,
    '1.4' as indicator_code,
    coalesce(dossiers.received_synced, 0) as numerator,
    denominators.received_total as denominator
from {{ ref('int_scope_period') }} as spine
inner join {{ ref('int_sync_denominator') }} as denominators
    on
        spine.unit_code = denominators.unit_code
        and spine.period_grain = denominators.period_grain
        and spine.period_start = denominators.period_start
left join {{ ref('int_dossier_count') }} as dossiers
    on
        spine.scope_key = dossiers.scope_key
        and dossiers.procedure_code = '*'
