-- Accepted batches of turn :turn, read and validated, that no evaluation has taken in yet: 0 is history, 1 and on a
-- day each.
insert into audit.batch (
    batch_id, source_id, entity, covers, data_origin, object_ids, window_start, window_end, rows_received, rows_new,
    status, observed_at, loaded_at, accepted_at, run_id
)
select
    md5(entry.entity || :turn)::uuid, 'bench', entry.entity, '{*}', 'synthetic', '{}',
    timestamptz '2024-10-01 00:00+07', timestamptz '2026-09-28 08:00+07', 1, 1, 'accepted',
    timestamptz '2026-09-28 08:00+07', timestamptz '2026-09-28 08:00+07', timestamptz '2026-09-28 08:00+07', 'bench'
from unnest(array['dossier', 'dossier_event', 'sync_receipt', 'rating']) as entry (entity);

insert into audit.work_ledger (batch_id, entity)
select batch_id, entity from audit.batch where batch_id in (
    select md5(entry.entity || :turn)::uuid
    from unnest(array['dossier', 'dossier_event', 'sync_receipt', 'rating']) as entry (entity)
);

insert into audit.outcome (
    run_id, source_id, entity, status, window_start, window_end, batch_id, rows_announced, rows_received, rows_new,
    started_at, finished_at
)
select
    run_id, source_id, entity, 'loaded', window_start, window_end, batch_id, rows_received, rows_received, rows_new,
    observed_at, loaded_at
from audit.batch
where batch_id in (
    select md5(entry.entity || :turn)::uuid
    from unnest(array['dossier', 'dossier_event', 'sync_receipt', 'rating']) as entry (entity)
);

insert into audit.validation_run (
    validation_run_id, batch_id, suite, suite_version, success, rows_evaluated, rows_quarantined, result, started_at,
    finished_at
)
select md5('run' || batch_id)::uuid, batch_id, entity, 'bench', true, rows_new, 0, '{}', loaded_at, accepted_at
from audit.batch
where batch_id in (
    select md5(entry.entity || :turn)::uuid
    from unnest(array['dossier', 'dossier_event', 'sync_receipt', 'rating']) as entry (entity)
);
