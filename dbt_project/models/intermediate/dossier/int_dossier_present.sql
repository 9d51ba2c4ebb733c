-- Each dossier judged at evaluated_at: its clock as it stands now, and the time it took (2.2).
select
    state.dossier_code,
    state.unit_code,
    state.procedure_code,
    state.status,
    state.received_at,
    evaluation.evaluated_at as judged_at,
    state.ended_at,
    state.clock_end,
    state.promised,
    state.max_time,
    state.max_time_unit,
    state.supplement_time,
    state.timeliness,
    state.processing_time,
    state.is_settled
from {{ ref('int_dossier_state') }} as state
cross join {{ ref('stg_audit__evaluation') }} as evaluation
where not state.is_excluded and state.received_at <= evaluation.evaluated_at
