-- From which version of a unit to which: mergers, splits, and the earlier version of a unit that took others
-- over. Shares of one predecessor add up to 1.
with steps as (
    select
        predecessor_code,
        successor_code,
        share,
        valid_from,
        is_whole,
        basis,
        provenance
    from {{ ref('int_unit_succession') }}
    union all
    select distinct on (successor_code, valid_from)
        successor_code as predecessor_code,
        successor_code,
        1::numeric as share,
        valid_from,
        true as is_whole,
        basis,
        provenance
    from {{ ref('int_unit_succession') }}
    order by successor_code asc, valid_from asc, predecessor_code asc
)

select
    before.org_unit_key as predecessor_key,
    after.org_unit_key as successor_key,
    steps.predecessor_code,
    steps.successor_code,
    steps.share,
    steps.valid_from,
    steps.is_whole as carries_records,
    steps.basis,
    steps.provenance
from steps
inner join {{ ref('dim_org_unit') }} as before
    on
        steps.predecessor_code = before.unit_code
        and coalesce(before.valid_from < steps.valid_from, true)
        and coalesce(before.valid_to >= steps.valid_from - 1, true)
inner join {{ ref('dim_org_unit') }} as after
    on
        steps.successor_code = after.unit_code
        and coalesce(after.valid_from <= steps.valid_from, true)
        and coalesce(after.valid_to >= steps.valid_from, true)
