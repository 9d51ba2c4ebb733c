-- Per window, unit of its own and procedure: the first day on which a dossier of the procedure made it count
-- (online, paid online, with a fee on the national portal, with population data). Carried over: day -1.
select
    window_key,
    unit_code,
    procedure_code,
    min(entry_on) filter (where is_received and is_online) as online_from,
    min(entry_on) filter (where is_paid_online) as paid_from,
    min(entry_on) filter (where is_received and is_portal_fee_dossier) as integrated_from,
    min(entry_on) filter (where has_population_mark) as connected_from
from (
    select
        dossier.*,
        dossier.entry_day + split_part(dossier.window_key, '/', 1)::date as entry_on
    from {{ ref('int_target_dossier') }} as dossier
    where dossier.counts_procedures and dossier.procedure_code is not null
) as dossiers
group by window_key, unit_code, procedure_code
