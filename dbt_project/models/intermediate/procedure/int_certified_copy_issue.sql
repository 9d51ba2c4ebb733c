-- Each commune and period with electronic certified copies of the seeded certification procedures. A table:
-- its joins need the whole of the copies, however few communes an explanation asks for.
select
    copy.unit_code,
    period.period_grain,
    period.period_start,
    min(copy.raw_id) as raw_id,
    count(*) as copies
from {{ ref('stg_onestop__certified_copy') }} as copy
left join {{ ref('int_dossier_number') }} as number on copy.dossier_code = number.former_code
inner join {{ ref('int_dossier') }} as dossier
    on coalesce(number.dossier_code, copy.dossier_code) = dossier.dossier_code
inner join {{ ref('certified_copy_procedures') }} as procedure on dossier.procedure_code = procedure.procedure_code
inner join {{ ref('int_period') }} as period on copy.issued_at between period.starts_at and period.judged_at
where copy.is_electronic
group by copy.unit_code, period.period_grain, period.period_start
