-- What form II.06a counts beside the dossiers received, one row per field, of the latest record.
with latest as (
    select distinct on (record.source_id, record.unit_code, record.period_grain, record.period_start)
        record.source_id,
        record.unit_code,
        record.period_grain,
        record.period_start,
        record.data_origin,
        record.extra
    from {{ visible('national_report_total') }}
    order by
        record.source_id asc, record.unit_code asc, record.period_grain asc, record.period_start asc,
        record.raw_id desc
)

select
    latest.source_id,
    latest.unit_code,
    latest.period_grain,
    latest.period_start,
    latest.data_origin,
    counts.form_field,
    counts.stated::numeric as stated
from latest
cross join lateral jsonb_each_text(latest.extra) as counts (form_field, stated)
where
    counts.form_field in (select form_field from {{ ref('report_form_measures') }})
    and counts.stated ~ '^[0-9]+$'
