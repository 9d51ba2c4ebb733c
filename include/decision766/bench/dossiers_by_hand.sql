-- One pass, written by hand, that counts what the rules of the dossier suite count: the measure of
-- `make bench-validate`. It knows what the rules do not: that there is one province, and which literals matter; it
-- takes lists and parse errors apart only where there are any. It writes nothing: no result, no quarantine, no second
-- opinion. PostgreSQL runs it on one processor: it shares out no query with correlated subqueries.
with known_unit as (
    select unit.code from raw.org_unit as unit
    inner join audit.batch on batch.batch_id = unit.batch_id and batch.status = 'accepted'
    where unit.code is not null and unit.raw_id not in (
        select held.raw_id from audit.quarantine as held where held.entity = 'org_unit' and held.state = 'open'
    )
),

known_procedure as (
    select catalogue.procedure_code from raw.procedure as catalogue
    inner join audit.batch on batch.batch_id = catalogue.batch_id and batch.status = 'accepted'
    where catalogue.procedure_code is not null and catalogue.raw_id not in (
        select held.raw_id from audit.quarantine as held where held.entity = 'procedure' and held.state = 'open'
    )
),

day_off as (select day from raw.calendar_day where not is_working),

dossier as (
    select
        r.*, timestamptz '2026-09-28 08:00+07' as now_of_run,
        jsonb_array_length(r.supplements) > 0 as has_supplements, jsonb_array_length(r.fees) > 0 as has_fees,
        case when r.parse_errors is not null then (
            select array_agg((regexp_split_to_array(fault ->> 'field', '[^A-Za-z0-9_]+'))[1])
            from jsonb_array_elements(r.parse_errors) as fault
        ) end as faults
    from raw.dossier as r
    where r.batch_id = cast(:dossier_batch as uuid)
)


-- What compares rows with one another stands apart.
select counted.*, apart.*
from (
select
    count(*) filter (where dossier_code is null)
        as "dossier.dossier_code.missing",
    count(*) filter (where faults && array['former_code', 'MaHoSoCu'])
        as "dossier.former_code.readable",
    count(*) filter (where former_code <> dossier_code and exists (
        with recursive older (code) as (
            select former_code
            union
            select known.former_code from older
            inner join raw.dossier as known on known.dossier_code = older.code and known.former_code is not null
        )
        select from older where older.code = dossier_code
    ))
        as "dossier.former_code.no_circle",
    count(*) filter (where former_code <> dossier_code and exists (
        select from raw.dossier as known
        where known.former_code = dossier.former_code and known.dossier_code <> dossier.dossier_code
            and known.former_code <> known.dossier_code
    ))
        as "dossier.former_code.claimed_once",
    count(*) filter (where unit_code is not null and unit_code not in (select code from known_unit) and split_part(unit_code, '.', 1) = 'H44')
        as "dossier.unit_code.known",
    count(*) filter (where procedure_code is null and not coalesce(faults && array['procedure_code', 'MaTTHC', 'procedure_code_as_sent'], false))
        as "dossier.procedure_code.present",
    count(*) filter (where faults && array['procedure_code', 'MaTTHC', 'procedure_code_as_sent'])
        as "dossier.procedure_code.readable",
    count(*) filter (where procedure_code is not null and procedure_code not in (select procedure_code from known_procedure))
        as "dossier.procedure_code.known",
    count(*) filter (where faults && array['received_at', 'NgayTiepNhan'])
        as "dossier.received_at.readable",
    count(*) filter (where received_at is null and not coalesce(faults && array['received_at', 'NgayTiepNhan'], false) and coalesce(status, 0) not in (1, 3))
        as "dossier.received_at.present",
    count(*) filter (where received_at > now_of_run)
        as "dossier.received_at.not_future",
    count(*) filter (where received_at < timestamptz '2000-01-01 00:00+07')
        as "dossier.received_at.plausible",
    count(*) filter (where finished_at < received_at)
        as "dossier.finished_at.after_received",
    count(*) filter (where returned_at < received_at)
        as "dossier.returned_at.after_received",
    count(*) filter (where faults && array['finished_at', 'NgayKetThucXuLy'])
        as "dossier.finished_at.readable",
    count(*) filter (where faults && array['returned_at', 'NgayTra'])
        as "dossier.returned_at.readable",
    count(*) filter (where faults && array['promised_at', 'NgayHenTra'])
        as "dossier.promised_at.readable",
    count(*) filter (where faults && array['refused_at', 'NgayTuChoi'])
        as "dossier.refused_at.readable",
    count(*) filter (where faults && array['supplements', 'DanhSachHoSoBoSung'])
        as "dossier.supplements.readable",
    count(*) filter (where has_supplements and exists (select from jsonb_array_elements(supplements) as item where item ->> 'requested_at' is null) and not coalesce(faults && array['supplements', 'DanhSachHoSoBoSung'], false))
        as "dossier.supplements.dated",
    count(*) filter (where has_supplements and exists (select from jsonb_array_elements(supplements) as item where (item ->> 'completed_at')::timestamptz < (item ->> 'requested_at')::timestamptz))
        as "dossier.supplements.ordered",
    count(*) filter (where faults && array['fees', 'DanhSachLePhi'])
        as "dossier.fees.readable",
    count(*) filter (where faults && array['status', 'TrangThaiHoSo'])
        as "dossier.status.known",
    count(*) filter (where status is null and not coalesce(faults && array['status', 'TrangThaiHoSo'], false))
        as "dossier.status.present",
    count(*) filter (where faults && array['channel', 'KenhThucHien'])
        as "dossier.channel.known",
    count(*) filter (where faults && array['payment_flag', 'DuocThanhToanTrucTuyen'])
        as "dossier.payment_flag.known",
    count(*) filter (where faults && array['filed_at_place', 'NoiNopHoSo'])
        as "dossier.filed_at_place.known",
    count(*) filter (where faults && array['components', 'TaiLieuNop', 'DanhSachGiayToKetQua', 'results', 'HoSoCoThanhPhanSoHoa', 'has_digitised_component', 'TaiKhoanDuocXacThucVoiVNeID', 'vneid_verified', 'DSKetNoiCSDL', 'database_codes'])
        as "dossier.components.readable",
    count(*) filter (where faults && array['applicant_type', 'LoaiDoiTuong', 'HinhThuc', 'delivery'])
        as "dossier.applicant_type.readable",
    count(*) filter (where dossier_code is null)
        as "dossier.dossier_code.mostly_present",
    count(*) filter (where received_at is null)
        as "dossier.received_at.some_present",
    count(*) filter (where promised_at is null)
        as "dossier.promised_at.some_present",
    count(*) filter (where promised_at < received_at)
        as "dossier.promised_at.after_received",
    count(*) filter (where channel = 2 and submitted_at = received_at)
        as "dossier.submitted_at.own",
    count(*) filter (where status in (9, 10) and finished_at is null and returned_at is null)
        as "dossier.status.closed_with_date",
    count(*) filter (where finished_at > now_of_run)
        as "dossier.finished_at.not_future",
    count(*) filter (where payment_flag in (1, 2) and has_fees and not exists (select from jsonb_array_elements(fees) as fee where (fee ->> 'amount')::numeric is distinct from 0))
        as "dossier.payment_flag.with_fee",
    count(*) filter (where split_part(unit_code, '.', 1) <> 'H44')
        as "dossier.unit_code.of_source",
    count(*) filter (where dossier_code !~ '^([A-Z][0-9]{2}|[0-9]{3})([.][A-Z0-9]+)*-[0-9]{6}-[0-9]+$')
        as "dossier.dossier_code.form",
    count(*) filter (where faults && array['submitted_at', 'NgayNopHoSo'])
        as "dossier.submitted_at.readable",
    count(*) filter (where received_at < submitted_at)
        as "dossier.received_at.after_submitted",
    count(*) filter (where returned_at < finished_at)
        as "dossier.returned_at.after_finished",
    count(*) filter (where refused_at < received_at)
        as "dossier.refused_at.after_received",
    count(*) filter (where returned_at > now_of_run)
        as "dossier.returned_at.not_future",
    count(*) filter (where refused_at > now_of_run)
        as "dossier.refused_at.not_future",
    count(*) filter (where promised_at > received_at + interval '3 years')
        as "dossier.promised_at.plausible",
    count(*) filter (where finished_at > received_at + interval '5 years')
        as "dossier.finished_at.plausible",
    count(*) filter (where received_at::date in (select day from day_off))
        as "dossier.received_at.working_day",
    count(*) filter (where finished_at::date in (select day from day_off))
        as "dossier.finished_at.working_day",
    count(*) filter (where promised_at::date in (select day from day_off))
        as "dossier.promised_at.working_day",
    count(*) filter (where extract(hour from received_at) < 6)
        as "dossier.received_at.night",
    count(*) filter (where extract(hour from received_at) >= 18)
        as "dossier.received_at.evening",
    count(*) filter (where extract(day from received_at) = 1 and extract(hour from received_at) < 7 or extract(day from received_at + interval '1 day') = 1 and extract(hour from received_at) >= 18)
        as "dossier.received_at.period_edge",
    count(*) filter (where status in (9, 10) and has_supplements and exists (select from jsonb_array_elements(supplements) as item where item ->> 'completed_at' is null))
        as "dossier.status.supplement_open",
    count(*) filter (where status = 9 and refused_at is not null)
        as "dossier.status.refused",
    count(*) filter (where payment_flag in (1, 2) and not has_fees)
        as "dossier.payment_flag.with_record",
    count(*) filter (where has_fees and exists (select from jsonb_array_elements(fees) as fee where (fee ->> 'amount')::numeric < 0))
        as "dossier.fees.not_negative",
    count(*) filter (where has_supplements and exists (select from jsonb_array_elements(supplements) as item where (item ->> 'requested_at')::timestamptz < received_at))
        as "dossier.supplements.after_received",
    count(*) filter (where has_supplements and exists (select from jsonb_array_elements(supplements) as item where (item ->> 'promised_after')::timestamptz < (item ->> 'promised_before')::timestamptz))
        as "dossier.supplements.promise_moved_back",
    max(version_at) as "dossier.version_at.fresh",
    array[
        count(*) filter (where channel = 1),
        count(*) filter (where channel = 2),
        count(*) filter (where channel = 3)
    ] as "dossier.channel.stable_mix",
    array[
        count(*) filter (where status = 1),
        count(*) filter (where status = 2),
        count(*) filter (where status = 3),
        count(*) filter (where status = 4),
        count(*) filter (where status = 5),
        count(*) filter (where status = 6),
        count(*) filter (where status = 7),
        count(*) filter (where status = 8),
        count(*) filter (where status = 9),
        count(*) filter (where status = 10)
    ] as "dossier.status.stable_mix",
    array[
        count(*) filter (where payment_flag = 0),
        count(*) filter (where payment_flag = 1),
        count(*) filter (where payment_flag = 2),
        count(*) filter (where payment_flag = 3)
    ] as "dossier.payment_flag.stable_mix",
    array[
        count(*) filter (where applicant_type = 1),
        count(*) filter (where applicant_type = 2),
        count(*) filter (where applicant_type = 3),
        count(*) filter (where applicant_type = 4)
    ] as "dossier.applicant_type.stable_mix",
    array[
        count(*) filter (where filed_at_place = 1),
        count(*) filter (where filed_at_place = 2)
    ] as "dossier.filed_at_place.stable_mix",
    count(*) as "dossier.batch.volume"
from dossier
) as counted
cross join (
    select
        (
            select coalesce(sum(undated.dossiers), 0) from (
                select count(*) as dossiers from raw.dossier
                where batch_id = cast(:dossier_batch as uuid)
                group by split_part(unit_code, '.', 1) having count(*) >= 20 and count(promised_at) = 0
            ) as undated
        ) as "dossier.promised_at.of_province",
        (
            select coalesce(sum(twice.times), 0) from (
                select count(*) as times from raw.dossier
                where batch_id = cast(:dossier_batch as uuid) and dossier_code is not null and version_at is not null
                group by dossier_code, version_at having count(*) > 1
            ) as twice
        ) as "dossier.version_at.one_version",
        (
            select least(1, count(*)) from raw.calendar_day as calendar
            where calendar.is_working and calendar.day >= date '2026-09-28' - 100 and calendar.day < date '2026-09-28'
                and calendar.day not in (
                    select (received_at at time zone 'Asia/Ho_Chi_Minh')::date from raw.dossier
                    where batch_id = cast(:dossier_batch as uuid) and received_at is not null
                )
        ) as "dossier.received_at.no_empty_day"
) as apart
