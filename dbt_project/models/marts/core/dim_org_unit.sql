{{ config(indexes=[{'columns': ['unit_code']}]) }}

-- Unit versions: units with records, units that only the portal names, and the provinces before and
-- after 1 July 2025.
with units as (
    select
        unit_code,
        unit_name,
        unit_type,
        parent_code,
        root_code,
        valid_from,
        valid_to,
        successor_code,
        portal_id,
        data_origin,
        case when is_registered then 'registered by a source' else 'derived from the unit code' end as provenance,
        1 as preference
    from {{ ref('int_org_unit') }}
    union all
    select
        unit_code,
        unit_name,
        unit_type,
        case when unit_type <> 'province' then root_code end as parent_code,
        root_code,
        null as valid_from,
        null as valid_to,
        null as successor_code,
        portal_unit_id as portal_id,
        data_origin,
        'named by the national portal' as provenance,
        2 as preference
    from {{ ref('int_portal_unit') }}
    union all
    select
        org_code as unit_code,
        name as unit_name,
        'province' as unit_type,
        null as parent_code,
        org_code as root_code,
        valid_from,
        valid_to,
        successor_code,
        null as portal_id,
        'recorded' as data_origin,
        code_provenance as provenance,
        3 as preference
    from {{ ref('province_succession') }}
),

chosen as (
    select distinct on (unit_code) *
    from units
    -- The old gateway knows no id: its units go under their codes, and yield to an id of the portal.
    order by unit_code asc, preference asc, (portal_id = unit_code) asc nulls last, portal_id asc
),

-- A unit that took others over is another version from that day on.
starts as (
    select
        unit_code,
        valid_from as version_from
    from chosen
    union
    select
        chosen.unit_code,
        succession.valid_from as version_from
    from chosen
    inner join {{ ref('int_unit_succession') }} as succession on chosen.unit_code = succession.successor_code
    where coalesce(chosen.valid_from < succession.valid_from, true)
),

versions as (
    select
        chosen.*,
        starts.version_from,
        lead(starts.version_from) over (
            partition by chosen.unit_code order by starts.version_from asc nulls first
        ) as next_from
    from chosen
    inner join starts on chosen.unit_code = starts.unit_code
)

select
    unit_code || '@' || coalesce(version_from::text, '') as org_unit_key,
    unit_code,
    unit_name,
    unit_type,
    case unit_type
        when 'ministry' then 0
        when 'province' then 1
        when 'district' then 2
        when 'department' then 2
        else 3
    end::smallint as unit_level,
    parent_code,
    root_code as province_code,
    version_from as valid_from,
    coalesce(next_from - 1, valid_to) as valid_to,
    case when next_from is null then successor_code end as successor_code,
    next_from is null as is_current,
    portal_id,
    (
        select
            string_agg(
                case when part ~ '^[0-9]+$' then lpad(part, 6, '0') else part end, '.' order by place
            )
        from unnest(string_to_array(unit_code, '.')) with ordinality as parts (part, place)
    ) as sort_key,
    data_origin,
    provenance
from versions
