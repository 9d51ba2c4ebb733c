-- Online services without an online dossier in a window of months, the longest that holds: offered all that time,
-- and the records reach that far back. What the records cannot tell is said, not guessed.
with windows as (
    select
        service.unit_code,
        service.service_code,
        service.procedure_code,
        months.window_months,
        {{ local_date('reading.read_from') }}
        <= (service.judged_on - make_interval(months => months.window_months))::date as is_told
    from {{ ref('int_service_use') }} as service
    cross join {{ ref('idle_windows') }} as months
    left join {{ ref('int_dossier_read_from') }} as reading
        on split_part(service.unit_code, '.', 1) = reading.root_code
    where
        coalesce(
            {{ local_date('service.last_online_at') }}
            < (service.judged_on - make_interval(months => months.window_months))::date, true
        )
        and coalesce(
            service.offered_since <= (service.judged_on - make_interval(months => months.window_months))::date, true
        )
),

longest as (
    select
        unit_code,
        service_code,
        procedure_code,
        max(window_months) filter (where is_told) as idle_months,
        min(window_months) filter (where is_told is not true) as untold_months
    from windows
    group by unit_code, service_code, procedure_code
)

select
    service.unit_code,
    split_part(service.unit_code, '.', 1) as province_code,
    service.service_code,
    service.procedure_code,
    service.level,
    longest.idle_months,
    longest.untold_months,
    service.offered_since,
    service.last_online_at,
    service.last_received_at,
    coalesce(
        {{ local_date('service.last_received_at') }}
        >= (service.judged_on - make_interval(months => coalesce(longest.idle_months, longest.untold_months)))::date,
        false
    ) as has_dossiers_otherwise,
    service.evaluated_at,
    unit.data_origin
from longest
inner join {{ ref('int_service_use') }} as service
    on
        longest.unit_code = service.unit_code
        and longest.service_code = service.service_code
        and longest.procedure_code = service.procedure_code
left join {{ ref('int_org_unit') }} as unit on service.unit_code = unit.unit_code
