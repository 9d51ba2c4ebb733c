-- The observed rate that stands beside the constant of 4.7.
select
    unit_code,
    period_grain,
    period_start,
    '*' as procedure_code,
    '4.7' as indicator_code,
    issuing_communes as numerator,
    communes as denominator
from {{ ref('int_certified_copy_count') }}
where exists (
    select 1 from {{ ref('stg_audit__batch') }} as batch
    where batch.entity = 'certified_copy'
)
