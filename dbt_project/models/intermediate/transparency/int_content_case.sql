-- Each procedure under the province's authority, and whether it carries all seven parts at E (1.3).
-- Procedures not public at E are outside.
with parts as (
    select
        part.unit_code,
        period.period_grain,
        period.period_start,
        part.procedure_code,
        count(distinct part.part) as part_count,
        array_agg(distinct part.part order by part.part) as parts
    from {{ ref('stg_catalogue__procedure_part') }} as part
    inner join {{ ref('int_period') }} as period
        on
            coalesce(part.valid_from <= period.judged_on, true)
            and coalesce(part.valid_to >= period.judged_on, true)
    group by part.unit_code, period.period_grain, period.period_start, part.procedure_code
)

select
    authority.unit_code,
    authority.period_grain,
    authority.period_start,
    authority.procedure_code,
    authority.raw_id,
    procedure.procedure_code is not null as is_public,
    procedure.procedure_code is not null and coalesce(parts.part_count, 0) >= 7 as is_complete,
    coalesce(parts.part_count, 0) as part_count,
    coalesce(parts.parts, '{}') as parts
from {{ ref('int_unit_authority') }} as authority
inner join {{ ref('int_org_unit') }} as unit
    on authority.unit_code = unit.unit_code and unit.unit_type in ('province', 'ministry')
inner join {{ ref('int_period') }} as period
    on authority.period_grain = period.period_grain and authority.period_start = period.period_start
left join {{ ref('stg_catalogue__procedure') }} as procedure
    on
        authority.procedure_code = procedure.procedure_code
        and procedure.is_public
        and coalesce(procedure.public_from <= period.judged_on, true)
        and coalesce(procedure.public_to >= period.judged_on, true)
left join parts
    on
        authority.unit_code = parts.unit_code
        and authority.period_grain = parts.period_grain
        and authority.period_start = parts.period_start
        and authority.procedure_code = parts.procedure_code
