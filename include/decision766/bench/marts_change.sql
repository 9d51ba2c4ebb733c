-- :changed dossiers of the world in a new version each, in the batch of turn :turn: done or withdrawn on 28 September
-- 2026, two of three among the latest twentieth of the rows, the others anywhere in history (restated).
insert into raw.dossier (
    batch_id, source_id, data_origin, object_sha256, source_line, row_hash,
    dossier_code, unit_code, procedure_code, procedure_code_as_sent, sector_code, channel, applicant_type,
    database_codes, submitted_at, received_at, promised_at, finished_at, returned_at, refused_at, status, delivery,
    filed_at_place, has_digitised_component, vneid_verified, payment_flag, components, fees, supplements, results,
    version_at
)
select
    md5('dossier' || :turn)::uuid, 'bench', 'synthetic', repeat('0', 64), record.source_line,
    sha256(record.row_hash || int4send(:turn)),
    dossier_code, unit_code, procedure_code, procedure_code_as_sent, sector_code, channel, applicant_type,
    database_codes, submitted_at, received_at, promised_at,
    case when place % 10 > 0 then timestamptz '2026-09-28 16:00+07' end,
    case when place % 10 > 4 then timestamptz '2026-09-28 17:00+07' end,
    case when place % 10 = 0 then timestamptz '2026-09-28 16:30+07' end,
    case when place % 10 = 0 then 7 when place % 10 > 4 then 10 else 9 end, delivery,
    filed_at_place, has_digitised_component, vneid_verified, payment_flag, components, fees, supplements,
    '[{"has_link": true, "has_code": true}]'::jsonb, timestamptz '2026-09-28 17:30+07'
from (
    select min(place) as place, raw_id
    from (
        select
            place,
            case
                when place % 3 = 0 then place::bigint * held.last_id / :changed
                else held.last_id - place::bigint * (held.last_id / 20) / :changed
            end as raw_id
        from (select max(raw_id) as last_id from raw.dossier) as held
        cross join generate_series(1, :changed) as places (place)
    ) as wanted
    group by raw_id
) as chosen
inner join raw.dossier as record on chosen.raw_id = record.raw_id;
