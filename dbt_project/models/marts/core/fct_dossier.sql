-- Every dossier in its current state, judged at evaluated_at. Dossiers not accepted (status 3) are
-- here too, without a clock.
with numbers as (
    select
        dossier_code,
        array_agg(former_code order by steps, former_code) as former_codes
    from {{ ref('int_dossier_number') }}
    group by dossier_code
)

select
    dossier.dossier_code,
    dossier.unit_code,
    dossier.procedure_code,
    dossier.status,
    dossier.channel,
    dossier.received_at,
    dossier.promised_at,
    present.promised as judged_against,
    closing.done_at,
    closing.returned_at,
    closing.closed_at,
    present.ended_at,
    present.clock_end,
    present.timeliness,
    coalesce(present.timeliness = 'on_time', false) as is_on_time,
    case
        when present.timeliness = 'after_promised'
            then extract(
                epoch from present.clock_end - coalesce(present.supplement_time, interval '0')
                - present.promised
            )::bigint
    end as late_by_seconds,
    extract(epoch from present.supplement_time)::bigint as supplement_seconds,
    coalesce(supplement.request_count, 0)::int as supplement_requests,
    present.processing_time,
    present.max_time_unit as processing_time_unit,
    mark.is_online,
    mark.is_paid_online,
    mark.is_filed_on_portal,
    mark.has_result_link,
    mark.has_component_file,
    mark.is_reused,
    mark.has_from_personal_store,
    mark.has_population_mark,
    receipt.synced_at,
    dossier.is_excluded,
    dossier.version_at,
    dossier.source_id,
    dossier.batch_id,
    dossier.raw_id,
    present.judged_at as evaluated_at,
    dossier.data_origin,
    coalesce(numbers.former_codes, '{}') as former_codes
from {{ ref('int_dossier') }} as dossier
inner join {{ ref('int_dossier_closing') }} as closing on dossier.dossier_code = closing.dossier_code
inner join {{ ref('int_dossier_mark') }} as mark on dossier.dossier_code = mark.dossier_code
left join {{ ref('int_dossier_present') }} as present on dossier.dossier_code = present.dossier_code
left join {{ ref('int_dossier_supplement') }} as supplement on dossier.dossier_code = supplement.dossier_code
left join {{ ref('int_dossier_receipt') }} as receipt on dossier.dossier_code = receipt.dossier_code
left join numbers on dossier.dossier_code = numbers.dossier_code
