-- The 22 sub-indicators.
select
    indicator.code as indicator_code,
    indicator.group_no,
    grp.name_vi as group_name_vi,
    grp.name_en as group_name_en,
    indicator.display_group,
    indicator.name_vi,
    indicator.name_en,
    indicator.unit,
    indicator.direction,
    indicator.is_scored,
    indicator.provenance
from {{ ref('indicators') }} as indicator
inner join {{ ref('indicator_groups') }} as grp on indicator.group_no = grp.group_no
