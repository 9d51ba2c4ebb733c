-- What reading each entity of each source came to, day by day: every attempt, failed and postponed ones too.
-- A view: it says what is known now, also when no build was needed.
with daily as (
    select
        source_id,
        entity,
        finished_on,
        max(source_name) as source_name,
        max(family) as family,
        max(covers) as covers,
        max(data_origin) as data_origin,
        count(*) filter (where status <> 'postponed') as attempts,
        count(*) filter (where status in ('failed', 'blocked')) as failures,
        count(*) filter (where status = 'postponed') as postponements,
        sum(rows_announced) as rows_announced,
        sum(rows_received) as rows_received,
        sum(rows_new) as rows_new,
        sum(bytes) as bytes,
        sum(extract(epoch from finished_at - started_at)) filter (where status <> 'postponed') as total_seconds,
        max(extract(epoch from finished_at - started_at)) filter (where status <> 'postponed') as longest_seconds,
        count(*) filter (where completeness in ('incomplete', 'exceeding')) as differing_attempts,
        max(finished_at) as last_attempt_at,
        max(outcome_id) as last_outcome_id,
        max(outcome_id) filter (where rows_received is not null) as last_read_id
    from {{ ref('stg_audit__outcome') }}
    group by source_id, entity, finished_on
),

succeeded as (
    select
        daily.source_id,
        daily.entity,
        daily.finished_on,
        max(success.finished_at) as last_success_at
    from daily
    inner join {{ ref('stg_audit__outcome') }} as success
        on
            daily.source_id = success.source_id
            and daily.entity = success.entity
            and success.outcome_id <= daily.last_outcome_id
            and success.status in ('loaded', 'unchanged')
    group by daily.source_id, daily.entity, daily.finished_on
)

select
    daily.source_id,
    daily.source_name,
    daily.family,
    daily.covers,
    daily.data_origin,
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
    coalesce(last_read.completeness, 'unknown') as completeness,
    words.name_vi as completeness_vi,
    daily.last_attempt_at,
    succeeded.last_success_at,
    round(extract(epoch from daily.last_attempt_at - succeeded.last_success_at), 3) as lag_seconds
from daily
inner join {{ ref('stg_audit__outcome') }} as last_attempt on daily.last_outcome_id = last_attempt.outcome_id
left join {{ ref('stg_audit__outcome') }} as last_read on daily.last_read_id = last_read.outcome_id
left join succeeded
    on
        daily.source_id = succeeded.source_id
        and daily.entity = succeeded.entity
        and daily.finished_on = succeeded.finished_on
inner join {{ ref('completeness_words') }} as words
    on coalesce(last_read.completeness, 'unknown') = words.completeness
