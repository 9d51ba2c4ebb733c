-- Filed from home against filed at the counter, as far as records tell: bounds. By post, and online when no counter
-- was open, is surely from elsewhere; in person is surely the counter; online in counter hours may be either.
with counted as (
    select
        unit_code,
        period_grain,
        period_start,
        sum(dossiers) as received,
        coalesce(sum(dossiers) filter (where filing = 'counter'), 0) as at_counter,
        coalesce(sum(dossiers) filter (where filing = 'post'), 0) as by_post,
        coalesce(sum(dossiers) filter (where filing = 'away'), 0) as online_away,
        coalesce(sum(dossiers) filter (where filing = 'unknown'), 0) as online_unknown
    from {{ ref('int_reception_period') }}
    group by unit_code, period_grain, period_start
),

stated as (
    select
        spine.unit_code,
        spine.period_grain,
        spine.period_start,
        spine.is_provisional,
        spine.evaluated_at,
        spine.data_origin,
        coverage.is_supplied,
        case when coverage.is_supplied then coalesce(counted.received, 0) end::bigint as received,
        case when coverage.is_supplied then coalesce(counted.at_counter, 0) end::bigint as at_counter,
        case when coverage.is_supplied then coalesce(counted.by_post, 0) end::bigint as by_post,
        case when coverage.is_supplied then coalesce(counted.online_away, 0) end::bigint as online_away,
        case when coverage.is_supplied then coalesce(counted.online_unknown, 0) end::bigint as online_unknown
    from {{ ref('int_scored_unit_period') }} as spine
    inner join {{ ref('int_input_coverage') }} as coverage
        on coverage.entity = 'dossier' and spine.root_code = coverage.root_code
    left join counted
        on
            spine.unit_code = counted.unit_code
            and spine.period_grain = counted.period_grain
            and spine.period_start = counted.period_start
)

select
    unit_code,
    period_grain,
    period_start,
    received,
    at_counter,
    by_post,
    online_away,
    online_unknown,
    by_post + online_away as remote_at_least,
    received - at_counter as remote_at_most,
    round(100 * (by_post + online_away)::numeric / nullif(received, 0), 2) as remote_share_at_least,
    round(100 * (received - at_counter)::numeric / nullif(received, 0), 2) as remote_share_at_most,
    case when online_unknown = 0 then by_post + online_away end as remote,
    case
        when not is_supplied then 'no_source'
        when online_unknown > 0 then 'place_not_told'
    end as remote_reason,
    is_provisional,
    evaluated_at,
    data_origin
from stated
