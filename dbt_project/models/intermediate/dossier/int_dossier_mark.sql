-- What a dossier's nested lists say, as plain facts: one boolean per question that an indicator asks.
select
    dossier_code,
    has_component_file,
    has_from_personal_store,
    has_result_link,
    has_positive_fee,
    has_only_zero_fees,
    is_paid_online,
    is_online,
    is_filed_on_portal,
    is_reused,
    has_population_mark
from {{ ref('int_dossier_record') }}
