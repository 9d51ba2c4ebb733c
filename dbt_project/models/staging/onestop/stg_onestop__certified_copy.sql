-- Electronic certified copies, distinct; of several sources the one that speaks for the dossier.
with copied as (
    select
        record.dossier_code,
        record.unit_code,
        record.issued_at,
        coalesce(record.is_electronic, false) as is_electronic,
        rank() over (partition by record.dossier_code, record.unit_code order by origin.precedence) as place
    from {{ visible('certified_copy') }}
)

select distinct
    dossier_code,
    unit_code,
    issued_at,
    is_electronic
from copied
where place = 1
