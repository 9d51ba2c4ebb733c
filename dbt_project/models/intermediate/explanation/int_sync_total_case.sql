-- The totals that outside systems state for 1.4, per unit and period: which of them is the denominator.
with stated as (
    select
        denominator.unit_code,
        denominator.period_grain,
        denominator.period_start,
        denominator.total_source as chosen_source,
        denominator.received_total as chosen_total,
        totals.total_source,
        totals.received_total,
        totals.raw_id
    from {{ ref('int_sync_denominator') }} as denominator
    cross join
        lateral (
            values
            ('national_report', denominator.national_total, denominator.national_raw_id),
            ('portal', denominator.portal_total, denominator.portal_raw_id),
            ('last_year', denominator.last_year_total, denominator.last_year_raw_id)
        ) as totals (total_source, received_total, raw_id)
    where totals.received_total is not null
)

select
    unit_code,
    period_grain,
    period_start,
    total_source,
    received_total,
    coalesce(total_source = chosen_source, false) as is_chosen,
    case when total_source = chosen_source then chosen_total end as denominator_part,
    case
        when total_source = chosen_source and total_source = 'last_year' then 'total_of_last_year'
        when total_source = chosen_source then 'larger_total'
        when total_source = 'last_year' then 'last_year_not_needed'
        else 'smaller_total'
    end as reason_code,
    raw_id
from stated
