-- Dossiers received per unit and reporting period, as each source states them: form and interface of one
-- national report stand side by side, the latest record of each.
with stated as (
    select distinct on (record.source_id, record.unit_code, record.period_grain, record.period_start)
        'national_report' as statement,
        record.source_id,
        record.unit_code,
        record.period_grain,
        record.period_start,
        record.received_total
    from {{ visible('national_report_total') }}
    order by
        record.source_id asc, record.unit_code asc, record.period_grain asc, record.period_start asc,
        record.raw_id desc
),

portal as (
    select distinct on (record.source_id, record.unit_code, record.period_grain, record.period_start)
        'portal' as statement,
        record.source_id,
        record.unit_code,
        record.period_grain,
        record.period_start,
        record.received_total
    from {{ visible('portal_total') }}
    order by
        record.source_id asc, record.unit_code asc, record.period_grain asc, record.period_start asc,
        record.raw_id desc
)

select * from stated
union all
select * from portal
