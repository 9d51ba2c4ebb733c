-- The procedure catalogue that a province works by beside the national database's, procedure by procedure.
-- Of several sources of one role the one that speaks is heard; ministries' own procedures are no province's.
with stated as (
    select distinct on (covered.root_code, role.role, procedure.procedure_code)
        covered.root_code,
        role.role,
        procedure.procedure_code,
        procedure.source_id,
        procedure.procedure_name,
        procedure.is_public,
        procedure.decision_no,
        procedure.levels,
        procedure.max_time,
        procedure.max_time_unit,
        procedure.has_fee,
        procedure.public_from,
        procedure.data_origin
    from {{ ref('stg_catalogue__stated_procedure') }} as procedure
    inner join {{ ref('catalogue_roles') }} as role on procedure.family = role.family
    cross join lateral unnest(procedure.covers) as covered (root_code)
    order by
        covered.root_code asc, role.role asc, procedure.procedure_code asc, procedure.source_precedence asc,
        procedure.source_id asc
),

roots as (
    select
        root_code,
        bool_or(role = 'national') as has_national
    from stated
    group by root_code
    having bool_or(role = 'local')
),

here as (
    select *
    from stated
    where role = 'local'
),

there as (
    select *
    from stated
    where role = 'national'
),

paired as (
    select
        coalesce(here.root_code, there.root_code) as unit_code,
        coalesce(here.procedure_code, there.procedure_code) as procedure_code,
        here.source_id as here_source,
        there.source_id as there_source,
        here.procedure_name as here_name,
        there.procedure_name as there_name,
        here.data_origin as here_origin,
        there.data_origin as there_origin,
        here.procedure_code is not null as is_here,
        there.procedure_code is not null as is_there,
        there.levels = '{0}'::smallint[] as is_ministry_only,
        -- What either leaves unsaid differs in nothing.
        array_remove(array[
            case
                when {{ same_text('here.procedure_name') }} <> {{ same_text('there.procedure_name') }} then 'name'
            end,
            case when here.is_public <> there.is_public then 'is_public' end,
            case when here.decision_no <> there.decision_no then 'decision_no' end,
            case when here.levels <> there.levels then 'levels' end,
            case
                when (here.max_time, here.max_time_unit) <> (there.max_time, there.max_time_unit) then 'max_time'
            end,
            case when here.has_fee <> there.has_fee then 'has_fee' end,
            case when here.public_from <> there.public_from then 'public_from' end
        ], null) as differing_fields
    from here
    full outer join there
        on here.root_code = there.root_code and here.procedure_code = there.procedure_code
)

select
    paired.*,
    case
        when not roots.has_national then 'not_compared'
        when not paired.is_there then 'only_here'
        when not paired.is_here then 'only_there'
        when cardinality(paired.differing_fields) > 0 then 'differs'
        else 'equal'
    end as verdict
from paired
inner join roots on paired.unit_code = roots.root_code
where paired.is_here or not coalesce(paired.is_ministry_only, false)
