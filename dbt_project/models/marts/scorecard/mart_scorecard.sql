{{ config(indexes=[
    {'columns': ['unit_code', 'period_start', 'period_grain']},
    {'columns': ['period_start', 'period_grain']},
]) }}

-- One row per unit and period: five groups, the portal's six display groups, total, band and rank among
-- peers, with what the portal published beside them. Units that only the portal knows have no computed part.
with computed as (
    select
        grp.unit_code,
        grp.period_grain,
        grp.period_start,
        grp.rule_set,
        grp.boundary,
        {% for n in range(1, 6) %}
        case
            when not bool_or(grp.is_missing) filter (where grp.group_no = {{ n }})
                then sum(grp.score) filter (where grp.group_no = {{ n }})
        end as group_{{ n }}_score,
        {% endfor %}
        {% for code in ['CKMB', 'TDGQ', 'CLGQ', 'TTTT', 'MDSH', 'MDHL'] %}
        sum(grp.score) filter (where grp.display_group = '{{ code }}') as {{ code | lower }}_score,
        {% endfor %}
        case when not bool_or(grp.is_missing) then sum(grp.score) end as total_score,
        sum(grp.max_score) as max_score,
        coalesce(array_agg(distinct grp.display_group) filter (where grp.is_missing), '{}') as missing_groups,
        sum(grp.indicators_without_source)::int as indicators_without_source,
        sum(grp.indicators_stale)::int as indicators_stale,
        sum(grp.indicators_partial)::int as indicators_partial
    from {{ ref('mart_group_score') }} as grp
    group by grp.unit_code, grp.period_grain, grp.period_start, grp.rule_set, grp.boundary
),

published as (
    select
        latest.unit_code,
        latest.period_grain,
        latest.period_start,
        'as_was' as boundary,  -- the portal publishes units as they stood
        {% for code in ['CKMB', 'TDGQ', 'CLGQ', 'TTTT', 'MDSH', 'MDHL'] %}
        max(latest.score) filter (where latest.display_group = '{{ code }}') as {{ code | lower }}_score,
        {% endfor %}
        case when count(*) filter (where latest.score is not null) = 6 then sum(latest.score) end as total_score,
        max(latest.captured_at) as captured_at,
        min(latest.data_origin) as data_origin
    from {{ ref('int_portal_group_latest') }} as latest
    where
        latest.procedure_code = '*'
        and latest.display_group in (select display.display_group from {{ ref('display_groups') }} as display)
    group by latest.unit_code, latest.period_grain, latest.period_start
),

stale as (
    select
        unit.unit_code,
        array_agg(distinct status.source_id order by status.source_id) as stale_sources
    from {{ ref('int_org_unit') }} as unit
    inner join {{ ref('int_source_status') }} as status
        on status.is_stale and (unit.root_code = any(status.covers) or '*' = any(status.covers))
    group by unit.unit_code
),

banded as (
    select
        computed.*,
        band.band,
        band.name_vi as band_name_vi,
        band.name_en as band_name_en,
        band.confirmed as is_band_confirmed
    from computed
    left join {{ ref('bands') }} as band
        on
            computed.rule_set = band.rule_set
            and computed.total_score >= band.lower_bound
            and coalesce(computed.total_score < band.upper_bound, true)
)

select
    coalesce(banded.unit_code, published.unit_code) as unit_code,
    unit.unit_name,
    unit.unit_type,
    unit.parent_code,
    unit.province_code,
    coalesce(banded.period_grain, published.period_grain) as period_grain,
    coalesce(banded.period_start, published.period_start) as period_start,
    banded.rule_set,
    coalesce(banded.boundary, published.boundary) as boundary,
    {% for n in range(1, 6) %}
    banded.group_{{ n }}_score,
    {% endfor %}
    {% for code in ['ckmb', 'tdgq', 'clgq', 'tttt', 'mdsh', 'mdhl'] %}
    banded.{{ code }}_score,
    {% endfor %}
    banded.total_score,
    banded.max_score,
    banded.band,
    banded.band_name_vi,
    banded.band_name_en,
    banded.is_band_confirmed,
    case
        when banded.total_score is not null
            then rank() over (
                partition by
                    banded.period_grain, banded.period_start, banded.rule_set, banded.boundary, unit.unit_type,
                    spine.data_origin
                order by banded.total_score desc nulls last
            )
    end::int as rank_among_peers,
    (
        count(banded.total_score) over (
            partition by
                banded.period_grain, banded.period_start, banded.rule_set, banded.boundary, unit.unit_type,
                spine.data_origin
        )
    )::int as peers,
    {% for code in ['ckmb', 'tdgq', 'clgq', 'tttt', 'mdsh', 'mdhl'] %}
    published.{{ code }}_score as published_{{ code }}_score,
    {% endfor %}
    published.total_score as published_total_score,
    banded.total_score - published.total_score as total_difference,
    published.captured_at as published_captured_at,
    coalesce(banded.missing_groups, '{}') as missing_groups,
    case
        when banded.unit_code is null then 'published_only'
        when cardinality(banded.missing_groups) > 0 then 'missing'
        when banded.indicators_stale > 0 then 'stale'
        when banded.indicators_without_source + banded.indicators_partial > 0 then 'partial'
        else 'complete'
    end as coverage,
    coalesce(stale.stale_sources, '{}') as stale_sources,
    coalesce(spine.is_provisional, false) as is_provisional,
    spine.evaluated_at,
    coalesce(spine.data_origin, published.data_origin) as data_origin
from banded
full outer join published
    on
        banded.unit_code = published.unit_code
        and banded.period_grain = published.period_grain
        and banded.period_start = published.period_start
        and banded.boundary = published.boundary
left join {{ ref('dim_org_unit') }} as unit
    on coalesce(banded.unit_code, published.unit_code) = unit.unit_code and unit.is_current
left join {{ ref('int_boundary_scope') }} as spine
    on
        banded.unit_code = spine.unit_code
        and banded.period_grain = spine.period_grain
        and banded.period_start = spine.period_start
        and banded.boundary = spine.boundary
left join stale on coalesce(banded.unit_code, published.unit_code) = stale.unit_code
