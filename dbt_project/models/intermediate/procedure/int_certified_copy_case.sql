-- Each commune of a unit's subtree, and whether it issued an electronic certified copy in the period
-- (the observed rate beside 4.7). Copies count for the seeded certification procedures.
with issuing as (
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
)

select
    closure.ancestor_code as unit_code,
    spine.period_grain,
    spine.period_start,
    spine.unit_code as commune_code,
    issuing.raw_id,
    issuing.unit_code is not null as is_issuing,
    coalesce(issuing.copies, 0) as copies
from {{ ref('int_scored_unit_period') }} as spine
inner join {{ ref('int_unit_closure') }} as closure on spine.unit_code = closure.unit_code
left join issuing
    on
        spine.unit_code = issuing.unit_code
        and spine.period_grain = issuing.period_grain
        and spine.period_start = issuing.period_start
where spine.unit_type = 'commune'
