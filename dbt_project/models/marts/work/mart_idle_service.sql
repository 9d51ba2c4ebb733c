{{ config(indexes=[{'columns': ['unit_code']}]) }}
-- Online services without an online dossier in a window of months, the longest that holds: offered all that time,
-- and the records reach that far back. A window begins on the first of the month so many months ago. What the
-- records cannot tell is said, not guessed.
with windowed as (
    select
        service.*,
        months.window_months,
        (service.this_month - make_interval(months => months.window_months))::date as window_start
    from {{ ref('int_service_use') }} as service
    cross join {{ ref('idle_windows') }} as months
),

idle as (
    select
        windowed.*,
        coalesce({{ local_date('reading.read_from') }} <= windowed.window_start, false) as is_told
    from windowed
    left join {{ ref('int_dossier_read_from') }} as reading
        on split_part(windowed.unit_code, '.', 1) = reading.root_code
    where
        coalesce(windowed.last_online_month < windowed.window_start, true)
        and coalesce(windowed.offered_since <= windowed.window_start, true)
),

-- The longest window that the records tell; without one, the shortest that may hold.
longest as (
    select distinct on (unit_code, service_code, procedure_code)
        idle.*,
        max(window_months) filter (where is_told) over service as idle_months,
        min(window_months) filter (where not is_told) over service as untold_months
    from idle
    window service as (partition by unit_code, service_code, procedure_code)
    order by
        unit_code asc, service_code asc, procedure_code asc, is_told desc,
        case when is_told then -window_months else window_months end asc
)

select
    longest.unit_code,
    split_part(longest.unit_code, '.', 1) as province_code,
    longest.service_code,
    longest.procedure_code,
    longest.level,
    longest.idle_months,
    longest.untold_months,
    longest.window_start,
    longest.offered_since,
    longest.last_online_month,
    longest.last_received_month,
    coalesce(longest.last_received_month >= longest.window_start, false) as has_dossiers_otherwise,
    longest.evaluated_at,
    unit.data_origin
from longest
left join {{ ref('int_org_unit') }} as unit on longest.unit_code = unit.unit_code
