-- Every predecessor of a unit, its predecessors' predecessors included, with the day from which the unit
-- holds its records. Only whole successions hand records on.
with recursive heritage as (
    select
        successor_code as unit_code,
        predecessor_code,
        valid_from
    from {{ ref('int_unit_succession') }}
    where is_whole
    union
    select
        heritage.unit_code,
        earlier.predecessor_code,
        greatest(heritage.valid_from, earlier.valid_from) as valid_from
    from heritage
    inner join {{ ref('int_unit_succession') }} as earlier
        on heritage.predecessor_code = earlier.successor_code and earlier.is_whole
)

select
    unit_code,
    predecessor_code,
    min(valid_from) as valid_from
from heritage
where unit_code <> predecessor_code
group by unit_code, predecessor_code
