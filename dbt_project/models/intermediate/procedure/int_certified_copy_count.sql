-- The observed rate beside 4.7: communes with an electronic certified copy issued in the period, of the
-- communes of the unit. Copies count for the seeded certification procedures.
with issuing as (
    select distinct
        copy.unit_code,
        period.period_grain,
        period.period_start
    from {{ ref('stg_onestop__certified_copy') }} as copy
    left join {{ ref('int_dossier_number') }} as number on copy.dossier_code = number.former_code
    inner join {{ ref('int_dossier') }} as dossier
        on coalesce(number.dossier_code, copy.dossier_code) = dossier.dossier_code
    inner join {{ ref('certified_copy_procedures') }} as procedure on dossier.procedure_code = procedure.procedure_code
    inner join {{ ref('int_period') }} as period on copy.issued_at between period.starts_at and period.judged_at
    where copy.is_electronic
)

select
    closure.ancestor_code as unit_code,
    spine.period_grain,
    spine.period_start,
    count(*) as communes,
    count(issuing.unit_code) as issuing_communes
from {{ ref('int_scored_unit_period') }} as spine
inner join {{ ref('int_unit_closure') }} as closure on spine.unit_code = closure.unit_code
left join issuing
    on
        spine.unit_code = issuing.unit_code
        and spine.period_grain = issuing.period_grain
        and spine.period_start = issuing.period_start
where spine.unit_type = 'commune'
group by closure.ancestor_code, spine.period_grain, spine.period_start
