-- Old numbers of dossiers, each with the number that its dossier bears now. Of two claims to an old number
-- the one of the latest version holds; numbers that follow one another in a circle join nothing.
with recursive claims as (
    select distinct on (former_code)
        former_code,
        dossier_code as next_code
    from {{ ref('stg_onestop__dossier') }}
    where former_code is not null and former_code <> dossier_code
    order by former_code asc, version_at desc nulls last, row_hash desc
),

chains as (
    select
        former_code,
        next_code,
        array[former_code] as path,
        1 as steps
    from claims
    union all
    select
        chains.former_code,
        claims.next_code,
        chains.path || claims.former_code as path,
        chains.steps + 1 as steps
    from chains
    inner join claims on chains.next_code = claims.former_code
    where claims.former_code <> all(chains.path)
),

longest as (
    select distinct on (former_code)
        former_code,
        next_code as dossier_code,
        next_code = any(path) as is_circle,
        steps
    from chains
    order by former_code asc, steps desc
)

select
    former_code,
    dossier_code,
    steps
from longest
where not is_circle
