-- :rows dossiers of one province in raw, as one loaded batch, with the units and procedures they name.
-- Realistic in width (nested lists, a year of receptions in office hours) and with some bad rows of most kinds:
-- about one row in a hundred fails something. Nothing is random: a row follows from its number.
insert into audit.source (source_id, family, name, covers, data_origin, settings_hash)
values ('bench', 'database', 'Nguồn đo tốc độ', '{H44}', 'synthetic', 'none')
on conflict do nothing;

insert into audit.batch (
    batch_id, source_id, entity, covers, data_origin, object_ids, window_start, window_end, rows_received, rows_new,
    status, observed_at, accepted_at, run_id
)
select
    cast(entry.batch_id as uuid), 'bench', entry.entity, '{H44}', 'synthetic', '{}',
    timestamptz '2025-10-01 00:00+07', timestamptz '2026-09-28 08:00+07', entry.received, entry.received,
    entry.status, timestamptz '2026-09-28 08:00+07',
    case when entry.status = 'accepted' then timestamptz '2026-09-28 08:00+07' end, 'bench'
from (
    values
    (:unit_batch, 'org_unit', 1200, 'accepted'),
    (:procedure_batch, 'procedure', 2000, 'accepted'),
    (:dossier_batch, 'dossier', :rows, 'loaded')
) as entry (batch_id, entity, received, status);

insert into raw.org_unit (
    batch_id, source_id, data_origin, object_sha256, source_line, row_hash, code, name, type, parent_code, valid_from
)
select
    cast(:unit_batch as uuid), 'bench', 'synthetic', repeat('0', 64), n, int4send(n),
    case n when 0 then 'H44' else 'H44.' || n end, 'Đơn vị ' || n,
    case when n = 0 then 'province' when n < 100 then 'department' else 'commune' end,
    case when n > 0 then 'H44' end, date '2025-07-01'
from generate_series(0, 1199) as numbers (n);

insert into raw.procedure (
    batch_id, source_id, data_origin, object_sha256, source_line, row_hash, procedure_code, procedure_code_as_sent,
    name, is_public, max_time, max_time_unit
)
select
    cast(:procedure_batch as uuid), 'bench', 'synthetic', repeat('0', 64), n, int4send(n),
    '1.' || lpad(n::text, 6, '0'), '1.' || lpad(n::text, 6, '0'), 'Thủ tục ' || n, true, 10, 'working_day'
from generate_series(0, 1999) as numbers (n);

insert into raw.dossier (
    batch_id, source_id, data_origin, object_sha256, source_line, row_hash, parse_errors,
    dossier_code, unit_code, procedure_code, procedure_code_as_sent, sector_code, channel, applicant_type,
    database_codes, submitted_at, received_at, promised_at, finished_at, returned_at, refused_at, status, delivery,
    filed_at_place, has_digitised_component, vneid_verified, payment_flag, components, fees, supplements, results,
    version_at
)
select
    cast(:dossier_batch as uuid), 'bench', 'synthetic', repeat('0', 64), n, sha256(int4send(n)),
    case
        when n % 500 = 1
            then jsonb_build_array(jsonb_build_object(
                'field', case n % 3 when 0 then 'NgayTra' when 1 then 'TrangThaiHoSo' else 'DanhSachLePhi[].Gia' end,
                'rule', 'exchange_datetime', 'length', 8
            ))
    end,
    case when n % 1000 <> 2 then
        'H44.' || n % 1199 + 1 || '-' || to_char(at.received, 'YYMMDD') || '-' || lpad(n::text, 7, '0')
    end,
    'H44.' || case when n % 1000 = 3 then 9999 else n % 1199 + 1 end,
    case when n % 1000 <> 4 then '1.' || lpad((n % 2000 + case when n % 1000 = 5 then 9000 else 0 end)::text, 6, '0') end,
    '1.' || lpad((n % 2000)::text, 6, '0'), 'L' || n % 40, n % 20 / 18 + 1, n % 4 + 1,
    case when n % 3 = 0 then array['1'] else array[]::text[] end,
    at.received - case when n % 5 = 0 then interval '0' else interval '40 minutes' end,
    case when n % 1000 <> 6 then at.received + case when n % 1000 = 7 then interval '2 years' else interval '0' end end,
    case when n % 100 <> 8 then at.received + interval '14 days' end,
    case when n % 10 <> 9 and at.is_done then at.received + case when n % 1000 = 10 then interval '-3 days' else interval '9 days' end end,
    case when n % 10 < 8 and at.is_done then at.received + interval '10 days' end,
    null,
    case when n % 1000 = 11 then null when n % 10 = 9 or not at.is_done then 4 when n % 10 = 8 then 9 else 10 end,
    n % 2, n % 2 + 1, n % 3 = 0, n % 4 = 0, case when n % 7 = 0 then 1 when n % 7 < 3 then 2 else 0 end,
    jsonb_build_array(
        jsonb_build_object(
            'has_file', true, 'component_code', 'k1:' || md5(n::text), 'digitised', n % 3 = 0, 'reused', 0,
            'from_personal_store', false, 'deleted', false
        ),
        jsonb_build_object(
            'has_file', n % 2 = 0, 'component_code', 'k1:' || md5((n % 1000)::text), 'digitised', null, 'reused', 1,
            'from_personal_store', n % 9 = 0, 'deleted', false
        )
    ),
    case when n % 3 < 2 then
        jsonb_build_array(jsonb_build_object('fee_code', 'LP' || n % 50, 'amount', n % 7 * 10000, 'method', '1'))
    else '[]'::jsonb end,
    case when n % 12 = 0 then jsonb_build_array(jsonb_build_object(
        'supplement_id', 'k1:' || md5((n % 77)::text),
        'requested_at', case when n % 6000 > 0 then to_char(at.received + interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS+07:00') end,
        'completed_at', to_char(at.received + interval '3 days', 'YYYY-MM-DD"T"HH24:MI:SS+07:00'),
        'promised_before', to_char(at.received + interval '14 days', 'YYYY-MM-DD"T"HH24:MI:SS+07:00'),
        'promised_after', to_char(at.received + interval '16 days', 'YYYY-MM-DD"T"HH24:MI:SS+07:00')
    )) else '[]'::jsonb end,
    case when n % 10 < 8 then '[{"has_link": true, "has_code": true}]'::jsonb else '[]'::jsonb end,
    case when at.is_done then at.received + interval '10 days' else at.received end
from generate_series(1, :rows) as numbers (n)
cross join lateral (
    -- Mondays to Fridays of 52 weeks, 07:30 to 16:59; what came in the last two weeks is open.
    select day.received, day.received < timestamptz '2026-09-14 00:00+07' as is_done
    from (
        select
            timestamptz '2025-09-29 07:30+07' + (n % 52) * interval '7 days' + (n / 52 % 5) * interval '1 day'
            + (n::bigint * 7919 % 34200) * interval '1 second' as received
    ) as day
) as at;
analyze audit.batch, raw.org_unit, raw.procedure, raw.dossier;
