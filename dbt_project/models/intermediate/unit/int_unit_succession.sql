-- Which unit took over from which, and from what day: the 63 provinces that became 34, the rows a data
-- engineer supplies below them (seed unit_succession), and what a unit register says itself. A share below 1
-- is a split: no dossier can be split, so its records are not carried along and stay at the province.
with stated as (
    select
        org_code as predecessor_code,
        successor_code,
        1::numeric as share,
        valid_to + 1 as valid_from,
        legal_basis as basis,
        code_provenance as provenance,
        1 as preference
    from {{ ref('province_succession') }}
    where successor_code is not null
    union all
    select
        predecessor_code,
        successor_code,
        share,
        valid_from,
        basis,
        'seed unit_succession' as provenance,
        2 as preference
    from {{ ref('unit_succession') }}
    union all
    select
        unit_code as predecessor_code,
        successor_code,
        1::numeric as share,
        valid_to + 1 as valid_from,
        'unit register' as basis,
        'registered by a source' as provenance,
        3 as preference
    from {{ ref('stg_registry__org_unit') }}
    where
        successor_code is not null and valid_to is not null and successor_code <> unit_code
        and split_part(unit_code, '.', 1) <> unit_code
),

-- Rows of the first source that speaks of a predecessor: a split is told whole or not at all.
chosen as (
    select
        stated.*,
        min(stated.preference) over (partition by stated.predecessor_code) as best
    from stated
)

select distinct on (predecessor_code, successor_code)
    predecessor_code,
    successor_code,
    share,
    valid_from,
    share = 1 as is_whole,
    basis,
    provenance
from chosen
where preference = best
order by predecessor_code asc, successor_code asc, valid_from asc
