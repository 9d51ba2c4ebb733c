-- Electronic certified copies, distinct, of several sources the one that speaks for the dossier; raw_id: the
-- first record of each.
with copied as (
    select
        record.raw_id,
        record.dossier_code,
        record.unit_code,
        record.issued_at,
        coalesce(record.is_electronic, false) as is_electronic,
        rank() over (partition by record.dossier_code, record.unit_code order by origin.precedence) as place
    from {{ visible('certified_copy') }}
)

select
    dossier_code,
    unit_code,
    issued_at,
    is_electronic,
    min(raw_id) as raw_id
from copied
where place = 1
group by dossier_code, unit_code, issued_at, is_electronic
