-- Everything the clock of a dossier needs, before it is judged at an instant, and what it is asked besides.
-- Status 3 is left out. has_catalogue: the province has a source of procedures, so that a missing maximum is a fact.
select
    state.dossier_code,
    state.unit_code,
    state.procedure_code,
    state.status,
    state.channel,
    state.received_at,
    state.promised_at,
    state.done_at,
    state.returned_at,
    state.closed_at,
    state.first_requested_at,
    state.first_completed_at,
    state.first_promised_before,
    state.second_requested_at,
    state.max_time,
    state.max_time_unit,
    state.has_catalogue,
    state.batch_id,
    state.raw_id,
    state.data_origin,
    state.synced_at,
    state.first_complained_at,
    state.newest_code,
    state.is_procedure_with_fee,
    state.is_paper_result_required,
    {{ dossier_mark_columns('state') }}
from {{ ref('int_dossier_state') }} as state
where not state.is_excluded
