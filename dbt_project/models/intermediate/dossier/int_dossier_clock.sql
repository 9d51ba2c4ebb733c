-- Everything the clock of a dossier needs, before it is judged at an instant. Status 3 is left out.
-- has_catalogue: the province has a source of procedures, so that a missing maximum is a fact.
select
    dossier.dossier_code,
    dossier.unit_code,
    dossier.procedure_code,
    dossier.status,
    dossier.received_at,
    dossier.promised_at,
    closing.done_at,
    closing.returned_at,
    closing.closed_at,
    supplement.first_requested_at,
    supplement.first_completed_at,
    supplement.first_promised_before,
    supplement.second_requested_at,
    procedure.max_time,
    procedure.max_time_unit,
    coalesce(catalogue.is_supplied, false) as has_catalogue,
    dossier.data_origin
from {{ ref('int_dossier') }} as dossier
inner join {{ ref('int_dossier_closing') }} as closing on dossier.dossier_code = closing.dossier_code
left join {{ ref('int_dossier_supplement') }} as supplement on dossier.dossier_code = supplement.dossier_code
left join {{ ref('stg_catalogue__procedure') }} as procedure on dossier.procedure_code = procedure.procedure_code
left join {{ ref('int_input_coverage') }} as catalogue
    on catalogue.entity = 'procedure' and split_part(dossier.unit_code, '.', 1) = catalogue.root_code
where not dossier.is_excluded
