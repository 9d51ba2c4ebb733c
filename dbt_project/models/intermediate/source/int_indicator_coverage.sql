-- Per province and indicator: whether its inputs are there, which are missing, which are stale. An
-- indicator needs every input marked `all`, and at least one of those marked `any`; one marked `partly`
-- serves some of its records: without it the others are counted, and coverage is partial.
-- depends_on: {{ ref('int_coverage_before') }}
select
    indicator.code as indicator_code,
    roots.root_code,
    coalesce(
        bool_and(coverage.is_supplied) filter (where input.need = 'all'), true
    ) and coalesce(bool_or(coverage.is_supplied) filter (where input.need = 'any'), true) as has_inputs,
    coalesce(
        array_agg(input.entity order by input.entity) filter (where not coverage.is_supplied), '{}'
    ) as missing_inputs,
    coalesce(
        array_agg(input.entity order by input.entity) filter (where coverage.stale_sources is not null), '{}'
    ) as stale_inputs
from {{ ref('indicators') }} as indicator
cross join (select distinct root_code from {{ ref('int_input_coverage') }}) as roots
left join {{ ref('indicator_inputs') }} as input on indicator.code = input.indicator_code
left join {{ ref('int_input_coverage') }} as coverage
    on input.entity = coverage.entity and roots.root_code = coverage.root_code
group by indicator.code, roots.root_code
