-- Other records that speak of dossiers of the history: closing events, complaints, receipts, petitions.
insert into raw.dossier_event (batch_id, source_id, data_origin, object_sha256, source_line, row_hash, dossier_code,
    occurred_at, status, content_hash)
select md5('dossier_event2')::uuid, 'bench', 'synthetic', '0', 1, sha256(('e' || raw_id)::bytea), dossier_code,
    timestamptz '2026-09-30 10:00+07', case when row_number() over () % 2 = 0 then 9 else 7 end, md5(dossier_code)
from (select raw_id, dossier_code from raw.dossier where status = 4 order by raw_id desc limit 60) as open_ones;
insert into raw.rating (batch_id, source_id, data_origin, object_sha256, source_line, row_hash, dossier_code,
    rated_at, rating)
select md5('rating2')::uuid, 'bench', 'synthetic', '0', 1, sha256(('r' || raw_id)::bytea), dossier_code,
    received_at + interval '3 days', 'dissatisfied'
from raw.dossier where source_line % 40 = 0;
insert into raw.sync_receipt (batch_id, source_id, data_origin, object_sha256, source_line, row_hash, dossier_code,
    synced_at)
select distinct on (dossier_code) md5('sync_receipt2')::uuid, 'bench', 'synthetic', '0', 1,
    sha256(('again' || dossier_code)::bytea), dossier_code, received_at + interval '1 hour'
from raw.dossier where source_line % 30 = 0;
insert into audit.batch (batch_id, source_id, entity, covers, data_origin, object_ids, rows_received, rows_new, status,
    observed_at, accepted_at, run_id)
select md5('petition2')::uuid, 'bench', 'petition', '{*}', 'synthetic', '{}', 1, 1, 'accepted', now(), now(), 'bench';
insert into audit.work_ledger (batch_id, entity) values (md5('petition2')::uuid, 'petition');
insert into raw.petition (batch_id, source_id, data_origin, object_sha256, source_line, row_hash, petition_id,
    unit_code, received_at, status, dossier_code, version_at)
select md5('petition2')::uuid, 'bench', 'synthetic', '0', 1, sha256(('p' || raw_id)::bytea), 'p' || raw_id,
    unit_code, received_at + interval '1 day', 'received', dossier_code, received_at
from raw.dossier where source_line % 50 = 0
