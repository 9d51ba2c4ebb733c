-- The likely cause of each difference between computed and published, each by its own evidence.
with compared as (
    select *
    from {{ ref('int_compared_indicator') }}
    where is_computed and is_published and (has_different_parts or has_different_score)
),

variants as (
    select
        counts.unit_code,
        counts.period_grain,
        counts.period_start,
        measures.indicator_code,
        measures.numerator,
        measures.denominator
    from {{ ref('int_dossier_count_variant') }} as counts
    cross join lateral ({{ dossier_indicator_values('counts') }}) as measures (indicator_code, numerator, denominator)
    where counts.variant = 'received'
)

select
    compared.unit_code,
    compared.indicator_code,
    compared.period_grain,
    compared.period_start,
    case
        when compared.computed_status_reason = 'no_source' then 'missing_source'
        when not compared.has_different_parts then coalesce(reading.cause, 'unexplained')
        when
            compared.indicator_code in ('1.1', '1.2', '1.3')
            and compared.computed_denominator > 0
            and compared.published_denominator > compared.computed_denominator
            and compared.published_denominator % compared.computed_denominator = 0
            and compared.published_numerator * compared.computed_denominator
            = compared.computed_numerator * compared.published_denominator
            then 'inherited_numerators'
        when population.cause is not null then population.cause
        when (received.numerator, received.denominator) = (compared.published_numerator, compared.published_denominator)
            then 'other_population'
        else 'unexplained'
    end as cause
from compared
left join {{ ref('int_alternative_score') }} as reading
    on
        compared.unit_code = reading.unit_code
        and compared.indicator_code = reading.indicator_code
        and compared.period_grain = reading.period_grain
        and compared.period_start = reading.period_start
left join {{ ref('int_population_cause') }} as population
    on
        compared.unit_code = population.unit_code
        and compared.period_grain = population.period_grain
        and compared.period_start = population.period_start
        and compared.indicator_code not in ('1.1', '1.2', '1.3', '5.1', '5.2')
left join variants as received
    on
        compared.unit_code = received.unit_code
        and compared.indicator_code = received.indicator_code
        and compared.period_grain = received.period_grain
        and compared.period_start = received.period_start
