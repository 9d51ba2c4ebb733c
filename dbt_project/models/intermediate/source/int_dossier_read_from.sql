-- Per province: from when on its dossiers were read, whatever the source. What came before was never asked
-- for, and its absence says nothing. Files have no windows: there, the month of the first dossier.
with asked as (
    select
        covered.root_code,
        min(batch.window_start) as window_start
    from {{ ref('stg_audit__batch') }} as batch
    cross join lateral unnest(batch.covers) as covered (root_code)
    where batch.entity = 'dossier'
    group by covered.root_code
),

received as (
    select
        split_part(unit_code, '.', 1) as root_code,
        min(received_at) as first_at
    from {{ ref('int_dossier') }}
    group by split_part(unit_code, '.', 1)
)

select
    received.root_code,
    coalesce(
        min(asked.window_start),
        {{ start_of_day("date_trunc('month', " ~ local_date('min(received.first_at)') ~ ")") }}
    ) as read_from
from received
left join asked on asked.root_code in (received.root_code, '*')
group by received.root_code
