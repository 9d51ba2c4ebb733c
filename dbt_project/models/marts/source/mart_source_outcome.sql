-- What reading each entity of each source came to, day by day: every attempt, failed and postponed ones too.
-- A view: it says what is known now, also when no build was needed.
with outcome as (
    select
        attempt.*,
        extract(epoch from attempt.finished_at - attempt.started_at) as seconds,
        max(attempt.finished_at) filter (where attempt.status in ('loaded', 'unchanged')) over (
            partition by attempt.source_id, attempt.entity
            order by attempt.outcome_id
        ) as last_success_at,
        row_number() over (
            partition by attempt.source_id, attempt.entity, attempt.finished_on
            order by attempt.outcome_id desc
        ) as place_from_last
    from {{ ref('stg_audit__outcome') }} as attempt
),

daily as (
    select
        source_id,
        entity,
        finished_on,
        count(*) filter (where status <> 'postponed') as attempts,
        count(*) filter (where status in ('failed', 'blocked')) as failures,
        count(*) filter (where status = 'postponed') as postponements,
        sum(rows_announced) as rows_announced,
        sum(rows_received) as rows_received,
        sum(rows_new) as rows_new,
        sum(bytes) as bytes,
        sum(seconds) filter (where status <> 'postponed') as total_seconds,
        max(seconds) filter (where status <> 'postponed') as longest_seconds,
        count(*) filter (where completeness in ('incomplete', 'exceeding')) as differing_attempts,
        coalesce(
            (array_agg(completeness order by outcome_id desc) filter (where rows_received is not null))[1],
            'unknown'
        ) as completeness
    from outcome
    group by source_id, entity, finished_on
)

select
    daily.source_id,
    last_attempt.source_name,
    last_attempt.family,
    last_attempt.covers,
    last_attempt.data_origin,
    daily.entity,
    daily.finished_on as outcome_date,
    daily.attempts::integer as attempts,
    daily.failures::integer as failures,
    daily.postponements::integer as postponements,
    last_attempt.status as last_status,
    last_attempt.error_kind as last_error_kind,
    last_attempt.error_message as last_error,
    last_attempt.postponed_until,
    daily.rows_announced::bigint as rows_announced,
    daily.rows_received::bigint as rows_received,
    daily.rows_new::bigint as rows_new,
    daily.bytes::bigint as bytes,
    round(daily.total_seconds, 3) as total_seconds,
    round(daily.longest_seconds, 3) as longest_seconds,
    daily.differing_attempts::integer as differing_attempts,
    daily.completeness,
    words.name_vi as completeness_vi,
    last_attempt.finished_at as last_attempt_at,
    last_attempt.last_success_at,
    round(extract(epoch from last_attempt.finished_at - last_attempt.last_success_at), 3) as lag_seconds
from daily
inner join outcome as last_attempt
    on
        daily.source_id = last_attempt.source_id
        and daily.entity = last_attempt.entity
        and daily.finished_on = last_attempt.finished_on
        and last_attempt.place_from_last = 1
inner join {{ ref('completeness_words') }} as words on daily.completeness = words.completeness
