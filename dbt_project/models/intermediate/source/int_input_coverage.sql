-- Per province and entity: whether any accepted batch supplies it, and whether its source is stale. Of
-- several sources the one that speaks counts: a second one that fails takes nothing away.
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

covered as (
    select
        status.entity,
        covered.root_code,
        status.source_id,
        status.is_stale,
        rank() over (partition by status.entity, covered.root_code order by status.precedence) as place
    from {{ ref('int_source_status') }} as status
    cross join lateral unnest(status.covers) as covered (root_code)
),

stale as (
    select
        entity,
        root_code,
        array_agg(distinct source_id) as stale_sources
    from covered
    where is_stale and place = 1
    group by entity, root_code
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
