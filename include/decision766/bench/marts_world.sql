-- What the dossiers of the benchmark of the marts name: :provinces provinces with 12 departments and 20 communes
-- each, 304 procedures (40 of communes, 22 of each department), authority and services for them, the monthly totals
-- that the national report states, and a petition per unit and month. Nothing is random: a row follows from its number.
insert into audit.source (source_id, family, name, covers, data_origin, settings_hash)
values ('bench', 'database', 'Nguồn đo tốc độ', '{*}', 'synthetic', 'none');

insert into audit.batch (
    batch_id, source_id, entity, covers, data_origin, object_ids, window_start, window_end, rows_received, rows_new,
    status, observed_at, loaded_at, accepted_at, run_id
)
select
    md5(entry.entity)::uuid, 'bench', entry.entity, '{*}', 'synthetic', '{}',
    timestamptz '2024-10-01 00:00+07', timestamptz '2026-09-28 08:00+07', 1, 1, 'accepted',
    timestamptz '2026-09-28 08:00+07', timestamptz '2026-09-28 08:00+07', timestamptz '2026-09-28 08:00+07', 'bench'
from unnest(array[
    'org_unit', 'procedure', 'unit_procedure_authority', 'service', 'national_report_total', 'petition'
]) as entry (entity);

create schema bench;

create table bench.unit as
select
    'H' || 10 + province as root_code,
    case when place = 0 then 'H' || 10 + province else 'H' || 10 + province || '.' || place end as unit_code,
    place,
    case when place = 0 then 'province' when place < 13 then 'department' else 'commune' end as unit_type
from generate_series(1, :provinces) as provinces (province)
cross join generate_series(0, 32) as places (place);

create table bench.procedure as
select
    n as place,
    '1.' || lpad(n::text, 6, '0') as procedure_code,
    case when n >= 40 then (n - 40) / 22 + 1 end as department
from generate_series(0, 303) as numbers (n);

insert into raw.org_unit (
    batch_id, source_id, data_origin, object_sha256, source_line, row_hash, code, name, type, parent_code, valid_from
)
select
    md5('org_unit')::uuid, 'bench', 'synthetic', repeat('0', 64), 0, sha256(unit_code::bytea), unit_code,
    'Đơn vị ' || unit_code, unit_type, case when place > 0 then root_code end, date '2024-07-01'
from bench.unit;

insert into raw.procedure (
    batch_id, source_id, data_origin, object_sha256, source_line, row_hash, procedure_code, procedure_code_as_sent,
    name, is_public, subject_codes, max_time, max_time_unit, has_fee, paper_result_required
)
select
    md5('procedure')::uuid, 'bench', 'synthetic', repeat('0', 64), place, int4send(place), procedure_code, procedure_code,
    'Thủ tục ' || place, true, case when place % 3 < 2 then '{1}'::text[] else '{2}' end,
    case place % 10 when 8 then 48 when 9 then 14 else place % 5 * 3 + 3 end,
    case place % 10 when 8 then 'hour' when 9 then 'day' else 'working_day' end, place % 3 = 0, place % 5 = 0
from bench.procedure;

insert into raw.unit_procedure_authority (
    batch_id, source_id, data_origin, object_sha256, source_line, row_hash, unit_code, procedure_code, valid_from
)
select
    md5('unit_procedure_authority')::uuid, 'bench', 'synthetic', repeat('0', 64), 0,
    sha256((unit.unit_code || procedure.procedure_code)::bytea), unit.unit_code, procedure.procedure_code,
    date '2024-07-01'
from bench.unit as unit
inner join bench.procedure as procedure
    on unit.place > 0 and case when unit.place < 13 then procedure.department = unit.place else procedure.place < 40 end;

insert into raw.service (
    batch_id, source_id, data_origin, object_sha256, source_line, row_hash, service_code, procedure_code, level, state,
    applied_units, valid_from
)
select
    md5('service')::uuid, 'bench', 'synthetic', repeat('0', 64), 0, sha256((root.unit_code || procedure.place)::bytea),
    root.unit_code || '-' || procedure.procedure_code, procedure.procedure_code,
    case when procedure.place % 2 = 0 then 'full' else 'partial' end, 'public',
    (
        select array_agg(unit.unit_code order by unit.place) from bench.unit as unit
        where unit.root_code = root.root_code and unit.place > 0
            and case when unit.place < 13 then procedure.department = unit.place else procedure.place < 40 end
    ), date '2024-07-01'
from bench.unit as root
inner join bench.procedure as procedure on root.place = 0 and procedure.place % 4 > 0;

insert into raw.national_report_total (
    batch_id, source_id, data_origin, object_sha256, source_line, row_hash, unit_code, period_grain, period_start,
    received_total
)
select
    md5('national_report_total')::uuid, 'bench', 'synthetic', repeat('0', 64), 0,
    sha256((unit.unit_code || month.month_start)::bytea), unit.unit_code, 'month', month.month_start::date,
    :rows / (24 * 32 * :provinces)
from bench.unit as unit
cross join generate_series(timestamp '2024-10-01', timestamp '2026-09-01', interval '1 month') as month (month_start)
where unit.place > 0;

insert into raw.petition (
    batch_id, source_id, data_origin, object_sha256, source_line, row_hash, petition_id, petition_no, unit_code,
    submitted_at, received_at, status, likes, dislikes, timeline, version_at
)
select
    md5('petition')::uuid, 'bench', 'synthetic', repeat('0', 64), 0, sha256(about.petition_no::bytea),
    about.petition_no, about.petition_no, unit.unit_code, about.received, about.received, 'published',
    unit.place % 4, unit.place % 5, jsonb_build_array(
        jsonb_build_object('status', 'processing', 'started_at', about.received + interval '1 day'),
        jsonb_build_object('status', 'answered', 'started_at', about.answered),
        jsonb_build_object('status', 'published', 'started_at', about.answered + interval '2 days')
    ), about.answered + interval '2 days'
from bench.unit as unit
cross join generate_series(timestamp '2024-10-01', timestamp '2026-09-01', interval '1 month') as month (month_start)
cross join lateral (
    values ((month.month_start + unit.place * interval '18 hours') at time zone 'Asia/Ho_Chi_Minh')
) as came (received)
cross join lateral (
    values (
        unit.unit_code || '-' || to_char(month.month_start, 'YYMM'), came.received,
        came.received + (unit.place % 6 + 2) * interval '4 days'
    )
) as about (petition_no, received, answered)
where unit.place > 0;
