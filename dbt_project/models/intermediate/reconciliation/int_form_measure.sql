-- What the national reporting system's forms state, per source, unit, period and measure. A measure that a
-- form splits over several columns is their sum.
select
    form.source_id as stated_by,
    form.unit_code,
    form.period_grain,
    form.period_start,
    measure.measure,
    form.data_origin,
    sum(form.stated) as stated,
    max(measure.tolerance_percent) as tolerance_percent,
    max(measure.slack) as slack
from {{ ref('stg_reporting__form_count') }} as form
inner join {{ ref('report_form_measures') }} as measure on form.form_field = measure.form_field
group by
    form.source_id, form.unit_code, form.period_grain, form.period_start, measure.measure, form.data_origin
