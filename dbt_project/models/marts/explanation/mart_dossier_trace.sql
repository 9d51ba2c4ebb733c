-- Every number that a dossier has a part in, per unit and period: as a case of its own, or as what makes
-- its procedure, service or commune count, or through a petition that names it.
with members as not materialized (
    select fact.*
    from {{ ref('int_dossier_fact') }} as fact
    inner join {{ ref('fct_dossier') }} as dossier on fact.dossier_code = dossier.dossier_code
),

procedures as (
    select
        member.dossier_code,
        member.unit_code,
        member.period_grain,
        member.period_start,
        measures.indicator_code,
        member.procedure_code as through_code
    from members as member
    inner join {{ ref('int_unit_authority') }} as authority
        on
            member.unit_code = authority.unit_code
            and member.period_grain = authority.period_grain
            and member.period_start = authority.period_start
            and member.procedure_code = authority.procedure_code
    inner join {{ ref('stg_catalogue__procedure') }} as procedure
        on member.procedure_code = procedure.procedure_code
    left join {{ ref('int_citizen_procedure') }} as citizen on member.procedure_code = citizen.procedure_code
    cross join
        lateral (
            values
            ('3.4', procedure.has_fee and member.is_paid_online),
            ('3.5', procedure.has_fee and member.is_received and member.is_portal_fee_dossier),
            ('4.5', citizen.procedure_code is not null and member.has_population_mark)
        ) as measures (indicator_code, is_counted)
    where measures.is_counted
),

services as (
    select
        member.dossier_code,
        member.unit_code,
        member.period_grain,
        member.period_start,
        '3.2' as indicator_code,
        service.service_code as through_code
    from members as member
    inner join {{ ref('int_unit_service') }} as service
        on
            member.unit_code = service.unit_code
            and member.period_grain = service.period_grain
            and member.period_start = service.period_start
            and member.procedure_code = service.procedure_code
    where member.is_received and member.is_online
),

communes as (
    select
        dossier.dossier_code,
        closure.ancestor_code as unit_code,
        period.period_grain,
        period.period_start,
        '4.7' as indicator_code,
        copy.unit_code as through_code
    from {{ ref('stg_onestop__certified_copy') }} as copy
    left join {{ ref('int_dossier_number') }} as number on copy.dossier_code = number.former_code
    inner join {{ ref('fct_dossier') }} as dossier
        on coalesce(number.dossier_code, copy.dossier_code) = dossier.dossier_code
    inner join {{ ref('certified_copy_procedures') }} as procedure on dossier.procedure_code = procedure.procedure_code
    inner join {{ ref('int_scope_closure') }} as closure on copy.unit_code = closure.unit_code
    inner join {{ ref('int_org_unit') }} as unit on copy.unit_code = unit.unit_code and unit.unit_type = 'commune'
    inner join {{ ref('int_period') }} as period on copy.issued_at between period.starts_at and period.judged_at
    where copy.is_electronic
),

petitions as (
    select
        dossier.dossier_code,
        petition.unit_code,
        petition.period_grain,
        petition.period_start,
        measures.indicator_code,
        petition.petition_id as through_code,
        measures.is_in_numerator
    from (
        -- A petition may name a dossier by a number it had before.
        select
            known.dossier_code,
            known.dossier_code as named_code
        from {{ ref('fct_dossier') }} as known
        union all
        select
            number.dossier_code,
            number.former_code as named_code
        from {{ ref('int_dossier_number') }} as number
    ) as dossier
    inner join {{ ref('int_petition_case') }} as petition on dossier.named_code = petition.dossier_code
    cross join
        lateral (
            values ('5.1', petition.is_on_time), ('5.2', petition.is_satisfied)
        ) as measures (indicator_code, is_in_numerator)
)

select
    case_code as dossier_code,
    unit_code,
    period_grain,
    period_start,
    indicator_code,
    'dossier' as through_kind,
    case_code as through_code,
    is_in_denominator,
    is_in_numerator,
    reason_code,
    late_by_seconds,
    late_by_working_days
from {{ ref('mart_indicator_case') }}
where case_kind = 'dossier'
{% for kind, relation, is_in_numerator, reason in [
    ('procedure', 'procedures', 'true',
     "case indicator_code when '3.4' then 'has_online_payment' when '3.5' then 'has_fee_dossier_on_portal' "
     ~ "else 'has_population_mark' end"),
    ('service', 'services', 'true', "'has_online_dossier'"),
    ('commune', 'communes', 'true', "'electronic_copy_issued'"),
    ('petition', 'petitions', 'is_in_numerator', 'null'),
] %}
union all
select distinct
    dossier_code,
    unit_code,
    period_grain,
    period_start,
    indicator_code,
    '{{ kind }}' as through_kind,
    through_code,
    true as is_in_denominator,
    {{ is_in_numerator }} as is_in_numerator,
    {{ reason }} as reason_code,
    null::bigint as late_by_seconds,
    null::int as late_by_working_days
from {{ relation }}
{% endfor %}
