-- Differences that a restatement made: an earlier capture of the closed period, also taken after its end,
-- stated what is computed here, and the latest does not.
select distinct
    compared.unit_code,
    compared.indicator_code,
    compared.period_grain,
    compared.period_start
from {{ ref('int_compared_indicator') }} as compared
inner join {{ ref('int_portal_unit') }} as unit on compared.unit_code = unit.unit_code
inner join {{ ref('stg_portal__metric') }} as earlier
    on
        unit.portal_unit_id = earlier.portal_unit_id
        and compared.indicator_code = earlier.indicator_code
        and compared.period_grain = earlier.period_grain
        and compared.period_start = earlier.period_start
        and earlier.procedure_code = '*'
where
    compared.is_computed
    and compared.is_published
    and (compared.has_different_parts or compared.has_different_score)
    and earlier.captured_at < compared.captured_at
    and earlier.captured_at >= {{ start_of_day(
        "compared.period_start + case compared.period_grain when 'month' then interval '1 month' "
        ~ "when 'quarter' then interval '3 months' else interval '1 year' end"
    ) }}
    and (earlier.numerator, earlier.denominator)
    is not distinct from (compared.computed_numerator, compared.computed_denominator)
    -- Where the portal publishes no maximum it publishes no score at this grain.
    and (earlier.max_score is null or earlier.score is not distinct from compared.computed_score)
