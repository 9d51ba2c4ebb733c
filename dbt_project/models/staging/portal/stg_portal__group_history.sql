-- Published group scores kept from public captures of 2025 and 2026, unpivoted to one row per group.
with captures as (
    select
        capture,
        period_grain,
        period,
        org_code,
        name,
        tdgq,
        mdhl,
        mdsh,
        tttt,
        clgq,
        ckmb,
        tong_score
    from {{ ref('published_group_scores_2025') }}
    union all
    select
        capture::text,
        period_grain,
        period,
        org_code,
        name,
        tdgq,
        mdhl,
        mdsh,
        tttt,
        clgq,
        ckmb,
        tong_score
    from {{ ref('published_group_scores_2026') }}
)

select
    captures.capture,
    captures.period_grain,
    captures.period,
    captures.org_code as unit_code,
    captures.name as unit_name,
    scores.display_group,
    scores.score
from captures
cross join
    lateral (
        values
        ('TDGQ', captures.tdgq), ('MDHL', captures.mdhl), ('MDSH', captures.mdsh), ('TTTT', captures.tttt),
        ('CLGQ', captures.clgq), ('CKMB', captures.ckmb), ('TOTAL', captures.tong_score)
    ) as scores (display_group, score)
