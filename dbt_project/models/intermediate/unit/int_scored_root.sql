-- Provinces and ministries that have a source of records ('*': all). A catalogue is no record of what a unit
-- did: the portal's old gateway lists procedures for all.
select distinct unnest(covers) as root_code
from {{ ref('stg_audit__batch') }}
where entity not in ('published_metric', 'published_group', 'procedure', 'org_unit')
