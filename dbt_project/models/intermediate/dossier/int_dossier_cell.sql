-- Dossier counts at the dossiers' own units, per period, procedure, whether received in the period and whether
-- the national feed holds them: the one pass over all dossiers and periods. Units above, all procedures
-- together and other populations are sums of these rows; periods are not.
select
    unit_code,
    period_grain,
    period_start,
    procedure_code,
    is_received,
    is_ever_synced,
    {{ dossier_counts() }}
from {{ ref('int_dossier_member') }}
group by unit_code, period_grain, period_start, procedure_code, is_received, is_ever_synced
