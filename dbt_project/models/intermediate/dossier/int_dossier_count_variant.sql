-- The same counts over other populations that a publisher may have used: only dossiers received in the
-- period, or only those that the national feed holds. They name causes of differences, nothing else.
select
    'received' as variant,
    unit_code,
    period_grain,
    period_start,
    {{ dossier_counts() }}
from {{ ref('int_dossier_fact') }}
where is_received
group by unit_code, period_grain, period_start
union all
select
    'synced' as variant,
    unit_code,
    period_grain,
    period_start,
    {{ dossier_counts() }}
from {{ ref('int_dossier_fact') }}
where is_ever_synced
group by unit_code, period_grain, period_start
