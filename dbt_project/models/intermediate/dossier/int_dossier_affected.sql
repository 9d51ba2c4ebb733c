-- Dossiers that this build has to look at again, by newest number; none in a full refresh, which looks at all.
-- is_changed: a new batch holds a record that speaks of it. The others are those that time may still move: open,
-- or known to end, to be acknowledged or complained of after the instant of the last build.
-- depends_on: {{ ref('int_dossier_number') }}, {{ ref('stg_audit__evaluation') }}
{%- set state = left_by_last_build('int_dossier_state') %}
{%- if state is none %}
select
    null::text as newest_code,
    null::boolean as is_changed
where false
{%- else %}
{%- set batches = new_batches() %}
with spoken_of as (
    {% for entity in ['dossier', 'dossier_event', 'sync_receipt', 'rating'] %}
    select dossier_code from {{ source('raw', entity) }}
    where batch_id in ({{ batches }})
    union
    {% endfor %}
    -- A petition that names another dossier now leaves the one that it named before.
    select dossier_code from {{ source('raw', 'petition') }}
    where
        petition_id in (
            select new_petition.petition_id
            from {{ source('raw', 'petition') }} as new_petition
            where new_petition.batch_id in ({{ batches }})
        )
),

changed as (
    select distinct coalesce(number.dossier_code, spoken_of.dossier_code) as newest_code
    from spoken_of
    left join {{ ref('int_dossier_number') }} as number on spoken_of.dossier_code = number.former_code
    where spoken_of.dossier_code is not null
)

select
    newest_code,
    true as is_changed
from changed
union all
select
    unsettled.newest_code,
    false as is_changed
from {{ state }} as unsettled
where not unsettled.is_settled and unsettled.newest_code not in (select changed.newest_code from changed)
{%- endif %}
