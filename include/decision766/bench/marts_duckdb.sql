-- The indicators of every unit and province, per month, quarter and year, from flat Parquet: what an analyst would
-- write with DuckDB. Instants are seconds since 1970. Reads dossier, period, workday, authority, service, procedure
-- and total in the folder of the run.
create view period as select * from 'period.parquet';
create table workday as select * from 'workday.parquet';
create view candidate as
select
    d.*, p.period_grain, p.period_start, p.starts_at, p.judged_at as instant, d.received_at >= p.starts_at as is_received,
    case
        when d.done_at <= p.judged_at then d.done_at when d.returned_at <= p.judged_at then d.returned_at
        when d.closed_at <= p.judged_at then d.closed_at
    end as ended_at
from 'dossier.parquet' as d
inner join period as p
    on d.received_at <= p.judged_at
        and (d.received_at >= p.starts_at or coalesce(greatest(d.done_at, d.returned_at, d.closed_at) >= p.starts_at, true));
create view stopped as
select
    *,
    case
        when ended_at is not null then ended_at
        when first_requested_at <= instant and coalesce(second_requested_at > instant, true)
            and coalesce(first_completed_at > instant, true) then first_requested_at
        else instant
    end as clock_end,
    case when first_requested_at <= instant then coalesce(first_promised_before, promised_at) else promised_at end
        as promised
from candidate
where is_received or ended_at is null or ended_at >= starts_at;
create view supplemented as
select
    *,
    case
        when first_requested_at <= instant and first_completed_at <= instant
            then greatest(least(first_completed_at, clock_end), first_requested_at)
    end as supplement_end
from stopped;
create view clock as
select
    s.*, coalesce(s.supplement_end - s.first_requested_at, 0) as waited,
    d_end.number - d_start.number - coalesce(d_completed.number - d_requested.number, 0) as working_days
from supplemented as s
left join workday as d_start on s.max_time_unit = 'working_day' and d_start.day = floor((s.received_at + 25200) / 86400)::int
left join workday as d_end on s.max_time_unit = 'working_day' and d_end.day = floor((s.clock_end + 25200) / 86400)::int
left join workday as d_requested
    on s.supplement_end is not null and d_requested.day = floor((s.first_requested_at + 25200) / 86400)::int
left join workday as d_completed on d_completed.day = floor((s.supplement_end + 25200) / 86400)::int;
create view judged as
select
    *,
    coalesce(case
        when second_requested_at <= instant then false
        when promised is not null then clock_end - waited <= promised
        when max_time_unit = 'working_day' then working_days <= max_time
        when max_time_unit = 'hour' then clock_end - received_at - waited <= max_time * 3600
        when max_time_unit = 'day' then clock_end - received_at - waited <= max_time * 86400
    end, false) as is_on_time
from clock;
create table own_count as
select
    unit_code, period_grain, period_start, procedure_code, count(*) as population,
    count(*) filter (where is_on_time) as on_time, count(*) filter (where is_received) as received,
    count(*) filter (where is_received and is_online) as received_online,
    count(*) filter (where is_received and synced_at <= instant) as received_synced,
    count(*) filter (where is_received and is_filed_on_portal and has_positive_fee) as portal_fee,
    count(*) filter (where is_paid_online) as paid_online,
    count(*) filter (where has_fee and not has_only_zero_fees) as fee_population,
    count(*) filter (where has_fee and not has_only_zero_fees and is_paid_online) as fee_paid_online,
    count(*) filter (where has_result_link) as with_result_link,
    count(*) filter (where has_component_file and (has_result_link or not is_paper_result_required)) as digitised,
    count(*) filter (where is_reused) as reused, count(*) filter (where has_from_personal_store) as from_store,
    count(*) filter (where has_population_mark) as marked,
    count(*) filter (where is_on_time and not coalesce(first_complained_at <= instant, false)) as satisfied
from judged
group by all;
create table by_procedure as
select level.unit_code, period_grain, period_start, procedure_code, sum(columns(own_count.* exclude (unit_code, period_grain, period_start, procedure_code)))
from own_count cross join lateral (select unnest([own_count.unit_code, split_part(own_count.unit_code, '.', 1)]) as unit_code) as level
group by all;
create table by_unit as
select
    unit_code, period_grain, period_start,
    sum(columns(by_procedure.* exclude (unit_code, period_grain, period_start, procedure_code)))
from by_procedure group by all;
create table times as
select level.unit_code, p.period_grain, p.period_start, d.procedure_code, sum(d.processing_time) as total_time, count(*) as dossiers
from 'dossier.parquet' as d
inner join period as p on d.processing_time is not null and d.received_at between p.starts_at and p.judged_at
cross join lateral (select unnest([d.unit_code, split_part(d.unit_code, '.', 1)]) as unit_code) as level
group by all;
create table procedures as
select
    a.unit_code, p.period_grain, p.period_start, count(*) as under_authority, count(*) filter (where a.is_offered) as offered,
    count(*) filter (where r.has_fee) as fee, count(*) filter (where r.has_fee and c.paid_online > 0) as fee_paid,
    count(*) filter (where r.has_fee and c.portal_fee > 0) as fee_integrated,
    count(*) filter (where r.is_citizen) as citizen, count(*) filter (where r.is_citizen and c.marked > 0) as connected
from 'authority.parquet' as a
cross join period as p
inner join 'procedure.parquet' as r using (procedure_code)
left join by_procedure as c using (unit_code, period_grain, period_start, procedure_code)
group by all;
create table services as
select
    s.unit_code, p.period_grain, p.period_start, count(distinct s.service_code) as services,
    count(distinct s.service_code) filter (where c.received_online > 0) as used
from 'service.parquet' as s
cross join period as p
left join by_procedure as c using (unit_code, period_grain, period_start, procedure_code)
group by all;
create table indicator as
select u.unit_code, u.period_grain, u.period_start, m.indicator_code, m.numerator, m.denominator
from by_unit as u
left join 'total.parquet' as t using (unit_code, period_grain, period_start)
cross join lateral (
    values
    ('1.4', case when t.received_total > 0 then u.received_synced end, t.received_total), ('2.1', u.on_time, u.population),
    ('3.3', u.received_online, u.received), ('3.6', u.fee_paid_online, u.fee_population),
    ('4.1', u.with_result_link, u.population), ('4.2', u.digitised, u.population), ('4.3', u.reused, u.population),
    ('4.4', u.from_store, u.population), ('4.6', u.marked, u.population), ('5.3', u.satisfied, u.population)
) as m (indicator_code, numerator, denominator)
union all
select p.unit_code, p.period_grain, p.period_start, m.indicator_code, m.numerator, m.denominator
from procedures as p
cross join lateral (
    values ('3.1', p.offered, p.under_authority), ('3.4', p.fee_paid, p.fee), ('3.5', p.fee_integrated, p.fee),
    ('4.5', p.connected, p.citizen)
) as m (indicator_code, numerator, denominator)
union all
select unit_code, period_grain, period_start, '3.2', used, services from services;
copy indicator to 'indicator.parquet';
