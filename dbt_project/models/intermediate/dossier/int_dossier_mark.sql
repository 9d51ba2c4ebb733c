-- What a dossier's nested lists say, as plain facts: one boolean per question that an indicator asks.
with component_marks as (
    select
        dossier.dossier_code,
        bool_or((component ->> 'has_file')::boolean and not coalesce((component ->> 'deleted')::boolean, false))
            as has_file,
        bool_or(coalesce((component ->> 'digitised')::boolean, false)) as has_digitised,
        bool_or(coalesce((component ->> 'from_personal_store')::boolean, false)) as has_from_personal_store
    from {{ ref('int_dossier') }} as dossier
    cross join lateral jsonb_array_elements(dossier.components) as component
    group by dossier.dossier_code
),

fee_marks as (
    select
        dossier.dossier_code,
        bool_or((fee ->> 'amount')::numeric > 0) as has_positive_fee,
        bool_and(coalesce((fee ->> 'amount')::numeric = 0, false)) as has_only_zero_fees
    from {{ ref('int_dossier') }} as dossier
    cross join lateral jsonb_array_elements(dossier.fees) as fee
    group by dossier.dossier_code
),

result_marks as (
    select
        dossier.dossier_code,
        bool_or(coalesce((result ->> 'has_link')::boolean, false)) as has_link
    from {{ ref('int_dossier') }} as dossier
    cross join lateral jsonb_array_elements(dossier.results) as result
    group by dossier.dossier_code
)

select
    dossier.dossier_code,
    coalesce(component_marks.has_file, false) as has_component_file,
    coalesce(component_marks.has_from_personal_store, false) as has_from_personal_store,
    coalesce(result_marks.has_link, false) as has_result_link,
    coalesce(fee_marks.has_positive_fee, false) as has_positive_fee,
    coalesce(fee_marks.has_only_zero_fees, false) as has_only_zero_fees,
    coalesce(dossier.payment_flag in (1, 2), false) as is_paid_online,
    dossier.channel = 2 as is_online,
    coalesce(dossier.filed_at_place = 1, false) as is_filed_on_portal,
    case
        when dossier.filed_at_place = 1 then coalesce(component_marks.has_digitised, false)
        else dossier.has_digitised_component
    end as is_reused,
    dossier.is_vneid_verified
    or coalesce(component_marks.has_from_personal_store, false)
    or '1' = any(dossier.database_codes) as has_population_mark
from {{ ref('int_dossier') }} as dossier
left join component_marks on dossier.dossier_code = component_marks.dossier_code
left join fee_marks on dossier.dossier_code = fee_marks.dossier_code
left join result_marks on dossier.dossier_code = result_marks.dossier_code
