{{ config(materialized='view') }}

-- Every dossier in its current state, judged at evaluated_at. Dossiers not accepted (status 3) are
-- here too, without a clock. A view: int_dossier_state holds the rows, and is rewritten where they change.
-- Without a CTE: the planner keeps a view that has one apart, and reads all of it where one dossier is asked for.
select
    dossier.dossier_code,
    dossier.unit_code,
    dossier.procedure_code,
    dossier.status,
    dossier.channel,
    dossier.received_at,
    dossier.promised_at,
    dossier.promised as judged_against,
    dossier.done_at,
    dossier.returned_at,
    dossier.closed_at,
    dossier.ended_at,
    dossier.clock_end,
    dossier.timeliness,
    coalesce(dossier.timeliness = 'on_time', false) as is_on_time,
    case
        when dossier.timeliness = 'after_promised'
            then extract(
                epoch from dossier.clock_end - coalesce(dossier.supplement_time, interval '0')
                - dossier.promised
            )::bigint
    end as late_by_seconds,
    extract(epoch from dossier.supplement_time)::bigint as supplement_seconds,
    dossier.request_count as supplement_requests,
    dossier.processing_time,
    case when dossier.timeliness is not null then dossier.max_time_unit end as processing_time_unit,
    dossier.is_online,
    dossier.is_paid_online,
    dossier.is_filed_on_portal,
    dossier.has_result_link,
    dossier.has_component_file,
    dossier.is_reused,
    dossier.has_from_personal_store,
    dossier.has_population_mark,
    dossier.synced_at,
    dossier.is_excluded,
    dossier.version_at,
    dossier.source_id,
    dossier.batch_id,
    dossier.raw_id,
    case
        when dossier.timeliness is not null
            -- Not by way of staging: what stands on a model is dropped with it at the beginning of a build.
            then (select evaluated_at from {{ source('audit', 'current_evaluation') }})
    end as evaluated_at,
    dossier.data_origin,
    coalesce(numbers.former_codes, '{}') as former_codes
from {{ ref('int_dossier_state') }} as dossier
left join (
    select
        dossier_code,
        array_agg(former_code order by steps, former_code) as former_codes
    from {{ ref('int_dossier_number') }}
    group by dossier_code
) as numbers on dossier.dossier_code = numbers.dossier_code
