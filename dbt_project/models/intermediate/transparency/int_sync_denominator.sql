-- The denominator of 1.4: the larger of the two outside totals; if both are 0 or missing, the annual
-- national total of the year before, by 12, 4 or 1; else null.
select
    spine.unit_code,
    spine.period_grain,
    spine.period_start,
    coalesce(
        nullif(greatest(coalesce(national.received_total, 0), coalesce(portal.received_total, 0)), 0)::numeric,
        nullif(last_year.received_total, 0)::numeric
        / case spine.period_grain when 'month' then 12 when 'quarter' then 4 else 1 end
    ) as received_total,
    case
        when greatest(coalesce(national.received_total, 0), coalesce(portal.received_total, 0)) > 0
            then
                case
                    when coalesce(national.received_total, 0) >= coalesce(portal.received_total, 0)
                        then 'national_report'
                    else 'portal'
                end
        when last_year.received_total > 0 then 'last_year'
    end as total_source,
    national.received_total as national_total,
    portal.received_total as portal_total,
    last_year.received_total as last_year_total,
    national.raw_id as national_raw_id,
    portal.raw_id as portal_raw_id,
    last_year.raw_id as last_year_raw_id
from {{ ref('int_scored_unit_period') }} as spine
left join {{ ref('int_received_total') }} as national
    on
        national.total_source = 'national_report'
        and spine.unit_code = national.unit_code
        and spine.period_grain = national.period_grain
        and spine.period_start = national.period_start
left join {{ ref('int_received_total') }} as portal
    on
        portal.total_source = 'portal'
        and spine.unit_code = portal.unit_code
        and spine.period_grain = portal.period_grain
        and spine.period_start = portal.period_start
left join {{ ref('int_received_total') }} as last_year
    on
        last_year.total_source = 'national_report'
        and spine.unit_code = last_year.unit_code
        and last_year.period_grain = 'year'
        and last_year.period_start
        = (date_trunc('year', spine.period_start::timestamp) - interval '1 year')::date
