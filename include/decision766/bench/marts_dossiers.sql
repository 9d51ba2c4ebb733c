-- Dossiers :first to :last of :rows over 24 months up to 28 September 2026, numbered as they came in, in raw: a third
-- of those at departments, the rest at communes; every seventh in two versions, open and done; lists of components,
-- fees, supplements and results; a receipt of the national feed for most, a closing event where the record is silent,
-- a rating for a few. :turn names their batches: 0 is history. Nothing is random: a row follows from its number.
create temporary table made as
select
    n,
    hashed.salt,
    versions.version_no,
    versions.version_no = 2 as is_last,
    day.received,
    unit.unit_code,
    procedure.procedure_code,
    unit.unit_code || '-' || to_char(day.received, 'YYMMDD') || '-' || lpad(n::text, 8, '0') as dossier_code,
    done.done_at,
    done.done_at < timestamptz '2026-09-28 07:00+07' and salt % 200 > 0 and versions.version_no = 2 as is_done
from generate_series(:first::bigint, :last::bigint) as numbers (n)
cross join lateral (values (hashint8(n) & 2147483647)) as hashed (salt)
cross join lateral generate_series(case when salt % 7 = 0 then 1 else 2 end, 2) as versions (version_no)
cross join lateral (
    values (
        timestamptz '2024-09-30 07:30+07'
        + least((n - 1) * 728 / :rows / 7 * 7 + salt % 5, 727) * interval '1 day'
        + (salt / 7 % 34200) * interval '1 second'
    )
) as day (received)
cross join lateral (values (day.received + (salt % 25) * interval '17 hours')) as done (done_at)
cross join lateral (
    values (n % :provinces + 1, case when salt % 10 < 3 then salt / 11 % 12 + 1 else salt / 11 % 20 + 13 end)
) as place (province, unit)
inner join bench.unit as unit on unit.root_code = 'H' || 10 + place.province and unit.place = place.unit
inner join bench.procedure as procedure
    on procedure.place = case when place.unit < 13 then 18 + place.unit * 22 + salt / 1999 % 22 else salt / 1999 % 40 end;

insert into raw.dossier (
    batch_id, source_id, data_origin, object_sha256, source_line, row_hash,
    dossier_code, unit_code, procedure_code, procedure_code_as_sent, sector_code, channel, applicant_type,
    database_codes, submitted_at, received_at, promised_at, finished_at, returned_at, status, delivery,
    filed_at_place, has_digitised_component, vneid_verified, payment_flag, components, fees, supplements, results,
    version_at
)
select
    md5('dossier' || :turn)::uuid, 'bench', 'synthetic', repeat('0', 64), (n % 1000000)::int, sha256(int8send(n * 4 + version_no)),
    dossier_code, unit_code, procedure_code, procedure_code, 'L' || n % 40, case when salt % 5 < 3 then 2 else 1 end,
    (n % 4 + 1)::smallint, case when salt % 3 = 0 then array['1'] else array[]::text[] end,
    received - interval '40 minutes', received,
    case when salt % 6 > 0 then received + interval '14 days' end,
    case when is_done and salt % 50 > 0 then done_at end,
    case when is_done and salt % 5 < 4 and salt % 50 > 0 then done_at + interval '20 hours' end,
    case when is_done then case when salt % 5 < 4 then 10 else 9 end when salt % 100 = 3 then 3 else 4 end,
    (n % 2)::smallint, (n % 2 + 1)::smallint, salt % 3 = 0, salt % 4 = 0, case salt % 7 when 0 then 1 when 1 then 2 when 2 then 2 else 0 end,
    jsonb_build_array(
        jsonb_build_object(
            'has_file', true, 'component_code', 'k1:' || md5(n::text), 'digitised', salt % 3 = 0, 'reused', 0,
            'from_personal_store', false, 'deleted', false
        ),
        jsonb_build_object(
            'has_file', n % 2 = 0, 'component_code', 'k1:' || md5((n % 1000)::text), 'digitised', null, 'reused', 1,
            'from_personal_store', salt % 9 = 0, 'deleted', false
        )
    ),
    case when salt % 3 < 2 then
        jsonb_build_array(jsonb_build_object('fee_code', 'LP' || n % 50, 'amount', n % 7 * 10000, 'method', '1'))
    else '[]'::jsonb end,
    case when salt % 12 = 0 then jsonb_build_array(jsonb_build_object(
        'supplement_id', 'k1:' || md5((n % 77)::text),
        'requested_at', to_char(received + interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS+07:00'),
        'completed_at', to_char(received + interval '3 days', 'YYYY-MM-DD"T"HH24:MI:SS+07:00'),
        'promised_before', to_char(received + interval '14 days', 'YYYY-MM-DD"T"HH24:MI:SS+07:00'),
        'promised_after', to_char(received + interval '16 days', 'YYYY-MM-DD"T"HH24:MI:SS+07:00')
    )) else '[]'::jsonb end,
    case when is_done and salt % 10 < 8 then '[{"has_link": true, "has_code": true}]'::jsonb else '[]'::jsonb end,
    case when is_last then greatest(received, least(done_at, timestamptz '2026-09-28 07:00+07')) else received end
from made;

insert into raw.sync_receipt (batch_id, source_id, data_origin, object_sha256, source_line, row_hash, dossier_code, synced_at)
select
    md5('sync_receipt' || :turn)::uuid, 'bench', 'synthetic', repeat('0', 64), (n % 1000000)::int, int8send(n), dossier_code,
    received + interval '2 days'
from made
where is_last and salt % 10 < 8;

insert into raw.dossier_event (
    batch_id, source_id, data_origin, object_sha256, source_line, row_hash, dossier_code, occurred_at, status, content_hash
)
select
    md5('dossier_event' || :turn)::uuid, 'bench', 'synthetic', repeat('0', 64), (n % 1000000)::int, int8send(n), dossier_code, done_at,
    9, md5(n::text)
from made
where is_done and salt % 50 = 0;

insert into raw.rating (batch_id, source_id, data_origin, object_sha256, source_line, row_hash, dossier_code, rated_at, rating)
select
    md5('rating' || :turn)::uuid, 'bench', 'synthetic', repeat('0', 64), (n % 1000000)::int, int8send(n), dossier_code, done_at,
    case when salt % 400 = 0 then 'dissatisfied' else 'satisfied' end
from made
where is_done and salt % 100 = 0;

drop table made;
