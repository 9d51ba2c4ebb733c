-- Raw rows in open quarantine, one row per raw row (a row may fail several rules).
select
    entity,
    raw_id,
    min(source_id) as source_id,
    min(record_key) as record_key,
    min(unit_code) as unit_code,
    array_agg(distinct rule_id order by rule_id) as rule_ids
from {{ source('audit', 'quarantine') }}
where state = 'open'
group by entity, raw_id
