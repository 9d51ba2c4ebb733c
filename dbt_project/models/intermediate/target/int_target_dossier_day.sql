-- Dossiers of a unit of its own, per window, cut and day (week) of entry: what the measures count.
select
    window_key,
    cut_on,
    is_final,
    unit_code,
    entry_day,
    {{ dossier_counts() }}
from {{ ref('int_target_dossier') }}
group by window_key, cut_on, is_final, unit_code, entry_day
