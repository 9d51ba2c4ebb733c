-- Group scores and totals as published: by the evaluation API, and the captures kept as history.
select
    grp.capture_id,
    unit.unit_code,
    grp.period_grain,
    grp.period_start,
    grp.procedure_code,
    grp.display_group,
    grp.score,
    grp.max_score,
    grp.ratio,
    grp.average_score,
    grp.score_delta,
    grp.parameters,
    grp.portal_unit_id,
    grp.captured_at,
    grp.source_id,
    grp.data_origin
from {{ ref('stg_portal__group') }} as grp
inner join {{ ref('int_portal_unit') }} as unit on grp.portal_unit_id = unit.portal_unit_id
union all
select
    'history:' || history.capture as capture_id,
    history.unit_code,
    history.period_grain,
    (
        case history.period_grain
            when 'year' then history.period || '-01-01'
            else history.period || '-01'
        end
    )::date as period_start,
    '*' as procedure_code,
    history.display_group,
    history.score,
    coalesce(display.max_points, 100) as max_score,
    null::numeric as ratio,
    null::numeric as average_score,
    null::numeric as score_delta,
    null::jsonb as parameters,
    null as portal_unit_id,
    {{ start_of_day("(rpad(history.capture, 10, '-01'))::date") }} as captured_at,
    'published_group_scores' as source_id,
    'recorded' as data_origin
from {{ ref('stg_portal__group_history') }} as history
left join {{ ref('display_groups') }} as display on history.display_group = display.display_group
