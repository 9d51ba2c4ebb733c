-- Dossiers and petitions of which nothing counts because a record of theirs is held in quarantine, with the rules
-- that hold it. Without a readable date of reception a record stands in no period.
with held as (
    select
        'dossier' as entity,
        dossier.dossier_code as record_key,
        dossier.unit_code,
        dossier.received_at
    from {{ ref('stg_onestop__quarantined_dossier') }} as dossier
    where
        not exists (
            select 1 from {{ ref('int_dossier') }} as current_version
            where current_version.dossier_code = dossier.dossier_code
        )
    union all
    select
        'petition' as entity,
        petition.petition_id as record_key,
        petition.unit_code,
        petition.received_at
    from {{ ref('stg_petition__quarantined_petition') }} as petition
    where
        not exists (
            select 1 from {{ ref('stg_petition__petition') }} as current_version
            where current_version.petition_id = petition.petition_id
        )
),

rules as (
    select
        quarantined.entity,
        quarantined.record_key,
        array_agg(distinct rule.rule_id order by rule.rule_id) as rule_ids
    from {{ ref('stg_audit__quarantined_row') }} as quarantined
    cross join lateral unnest(quarantined.rule_ids) as rule (rule_id)
    group by quarantined.entity, quarantined.record_key
)

select
    held.entity,
    held.record_key,
    held.unit_code,
    held.received_at,
    coalesce(rules.rule_ids, '{}') as rule_ids
from held
left join rules on held.entity = rules.entity and held.record_key = rules.record_key
