-- 1.1 to 1.3 of the province, repeated for every unit of it and never summed.
with provincial as (
    select
        unit_code,
        period_grain,
        period_start,
        '1.1' as indicator_code,
        announced_on_time as numerator,
        announced as denominator
    from {{ ref('int_announcement_count') }}
    union all
    select
        unit_code,
        period_grain,
        period_start,
        '1.2' as indicator_code,
        public_on_time as numerator,
        to_be_public as denominator
    from {{ ref('int_publication_count') }}
    union all
    select
        unit_code,
        period_grain,
        period_start,
        '1.3' as indicator_code,
        complete_procedures as numerator,
        public_procedures as denominator
    from {{ ref('int_content_count') }}
)

select
    spine.unit_code,
    spine.period_grain,
    spine.period_start,
    '*' as procedure_code,
    provincial.indicator_code,
    provincial.numerator,
    provincial.denominator
from {{ ref('int_scope_period') }} as spine
inner join provincial
    on
        spine.root_code = provincial.unit_code
        and spine.period_grain = provincial.period_grain
        and spine.period_start = provincial.period_start
