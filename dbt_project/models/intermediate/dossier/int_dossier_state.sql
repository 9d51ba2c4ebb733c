{{ config(
    materialized='incremental', incremental_strategy='append',
    indexes=[
        {'columns': ['newest_code'], 'unique': true},
        {'columns': ['dossier_code']},
        {'columns': ['unit_code', 'received_at', counted_until('')]},
    ],
    pre_hook="{% if is_incremental() %}delete from {{ this }} where newest_code = any({{ codes_of(ref('int_dossier_affected')) }}){% endif %}",
    post_hook="{% if not is_incremental() %}create index on {{ this }} (newest_code) where not is_settled{% endif %}"
) }}

-- All that is known of each dossier: its record, what other sources say of it (progress events, the national
-- feed, petitions and ratings, the procedure's maximum), and its clock judged at evaluated_at. One row per
-- dossier, status 3 included, without a clock. What is counted, listed and explained is read from here.
-- is_settled: nothing about it changes any more while time passes; only a new record can.
-- depends_on: {{ ref('int_dossier_cell_before') }}, {{ ref('int_processing_time_before') }},
-- depends_on: {{ ref('int_reception_before') }}, {{ ref('int_target_dossier_before') }},
-- depends_on: {{ ref('int_dossier_affected') }}, {{ ref('int_dossier_number') }},
-- depends_on: {{ ref('int_dossier_receipt') }}, {{ ref('stg_onestop__sync_receipt') }}
with dossiers as (
    select record.*
    from {{ ref('int_dossier_record') }} as record
    {% if is_incremental() %}
    where record.newest_code = any({{ codes_of(ref('int_dossier_affected')) }})
    {% endif %}
),

receipts as (
    {% if is_incremental() %}
    select
        codes.newest_code as dossier_code,
        min(receipt.synced_at) as synced_at
    from ({{ codes_of_affected('true') }}) as codes
    inner join {{ ref('stg_onestop__sync_receipt') }} as receipt on codes.dossier_code = receipt.dossier_code
    group by codes.newest_code
    {% else %}
    select
        dossier_code,
        synced_at
    from {{ ref('int_dossier_receipt') }}
    {% endif %}
),

closings as (
    select
        dossier.dossier_code,
        min(event.occurred_at) filter (where event.status = 9) as done_event_at,
        min(event.occurred_at) filter (where event.status = 10) as returned_event_at,
        min(event.occurred_at) filter (where event.status in (7, 8) and event.occurred_at >= dossier.received_at)
            as closed_event_at
    from dossiers as dossier
    inner join {{ ref('int_dossier_event') }} as event on dossier.dossier_code = event.dossier_code
    group by dossier.dossier_code
),

known as (
    select
        dossier.dossier_code,
        dossier.newest_code,
        dossier.unit_code,
        dossier.procedure_code,
        dossier.status,
        dossier.channel,
        dossier.submitted_at,
        dossier.received_at,
        dossier.promised_at,
        coalesce(dossier.finished_at, closings.done_event_at) as done_at,
        coalesce(dossier.returned_at, closings.returned_event_at) as returned_at,
        least(
            case when dossier.refused_at >= dossier.received_at then dossier.refused_at end,
            closings.closed_event_at
        ) as closed_at,
        dossier.request_count,
        dossier.first_requested_at,
        dossier.first_completed_at,
        dossier.first_promised_before,
        dossier.second_requested_at,
        receipt.synced_at,
        complaint.first_complained_at,
        procedure.max_time,
        procedure.max_time_unit,
        coalesce(catalogue.is_supplied, false) as has_catalogue,
        coalesce(procedure.has_fee, false) as is_procedure_with_fee,
        coalesce(procedure.is_paper_result_required, false) as is_paper_result_required,
        {{ dossier_mark_columns('dossier') }},
        dossier.is_excluded,
        dossier.version_at,
        dossier.source_id,
        dossier.batch_id,
        dossier.raw_id,
        dossier.data_origin,
        case
            when
                not dossier.is_excluded
                and dossier.received_at <= (select evaluated_at from {{ ref('stg_audit__evaluation') }})
                then (select evaluated_at from {{ ref('stg_audit__evaluation') }})
        end as instant
    from dossiers as dossier
    left join closings on dossier.dossier_code = closings.dossier_code
    left join {{ ref('stg_catalogue__procedure') }} as procedure on dossier.procedure_code = procedure.procedure_code
    left join {{ ref('int_input_coverage') }} as catalogue
        on catalogue.entity = 'procedure' and split_part(dossier.unit_code, '.', 1) = catalogue.root_code
    left join receipts as receipt on dossier.dossier_code = receipt.dossier_code
    left join {{ ref('int_dossier_complaint') }} as complaint on dossier.dossier_code = complaint.dossier_code
    where dossier.dossier_code is not null
),

ended as (
    select
        known.*,
        {{ ended_at('known', 'known.instant') }} as ended_at
    from known
),

stopped as (
    select
        ended.*,
        {{ clock_end_at('ended', 'ended.ended_at', 'ended.instant') }} as clock_end,
        case when ended.instant is not null then {{ promised_at_instant('ended', 'ended.instant') }} end as promised
    from ended
),

supplemented as (
    select
        stopped.*,
        {{ supplement_until('stopped', 'stopped.clock_end', 'stopped.instant') }} as supplement_end
    from stopped
),

numbered as (
    select
        supplemented.*,
        {{ working_day_numbers() }}
    from supplemented
    {{ join_working_days('supplemented', "supplemented.max_time_unit = 'working_day'") }}
)

select
    numbered.dossier_code,
    numbered.newest_code,
    numbered.unit_code,
    numbered.procedure_code,
    numbered.status,
    numbered.channel,
    numbered.submitted_at,
    numbered.received_at,
    numbered.promised_at,
    numbered.done_at,
    numbered.returned_at,
    numbered.closed_at,
    numbered.request_count,
    numbered.first_requested_at,
    numbered.first_completed_at,
    numbered.first_promised_before,
    numbered.second_requested_at,
    numbered.synced_at,
    numbered.first_complained_at,
    numbered.max_time,
    numbered.max_time_unit,
    numbered.has_catalogue,
    numbered.is_procedure_with_fee,
    numbered.is_paper_result_required,
    {{ dossier_mark_columns('numbered') }},
    numbered.is_excluded,
    numbered.version_at,
    numbered.source_id,
    numbered.batch_id,
    numbered.raw_id,
    numbered.data_origin,
    coalesce(
        numbered.is_excluded or numbered.received_at is null
        or (
            numbered.ended_at is not null
            and greatest(
                numbered.received_at, numbered.done_at, numbered.returned_at, numbered.closed_at,
                numbered.first_requested_at, numbered.first_completed_at, numbered.second_requested_at,
                numbered.synced_at, numbered.first_complained_at
            ) <= numbered.instant
        ),
        false
    ) as is_settled,
    numbered.ended_at,
    numbered.clock_end,
    numbered.promised,
    numbered.supplement_end - numbered.first_requested_at as supplement_time,
    case when numbered.instant is not null then {{ timeliness('numbered') }} end as timeliness,
    case
        when numbered.instant is null then null
        when numbered.max_time_unit = 'working_day'
            then numbered.wd_end - numbered.wd_start - coalesce(numbered.wd_completed - numbered.wd_requested, 0)
        when numbered.max_time_unit = 'hour' then {{ elapsed_seconds('numbered') }} / 3600
        when numbered.max_time_unit = 'day' then {{ elapsed_seconds('numbered') }} / 86400
        when numbered.max_time_unit = 'month' then {{ elapsed_seconds('numbered') }} / (86400 * 30)
    end as processing_time
from numbered
