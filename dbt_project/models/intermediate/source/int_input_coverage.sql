-- Per province and entity: whether any accepted batch supplies it, and whether its source is stale.
with roots as (
    select distinct root_code
    from {{ ref('int_org_unit') }}
),

supplied as (
    select distinct
        entity,
        unnest(covers) as root_code
    from {{ ref('stg_audit__batch') }}
),

stale as (
    select
        status.entity,
        covered.root_code,
        array_agg(distinct status.source_id) as stale_sources
    from {{ ref('int_source_status') }} as status
    cross join lateral unnest(status.covers) as covered (root_code)
    where status.is_stale
    group by status.entity, covered.root_code
)

select
    roots.root_code,
    entities.entity,
    bool_or(supplied.entity is not null) as is_supplied,
    max(stale.stale_sources) as stale_sources
from roots
cross join (select distinct entity from {{ ref('indicator_inputs') }}) as entities
left join supplied on entities.entity = supplied.entity and supplied.root_code in (roots.root_code, '*')
left join stale on entities.entity = stale.entity and stale.root_code in (roots.root_code, '*')
group by roots.root_code, entities.entity
