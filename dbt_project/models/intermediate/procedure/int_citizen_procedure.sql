-- Procedures whose subjects include citizens: the population of 4.5.
select distinct procedure.procedure_code
from {{ ref('stg_catalogue__procedure') }} as procedure
inner join {{ ref('subject_codes') }} as subject
    on subject.code = any(procedure.subject_codes) and subject.is_citizen
