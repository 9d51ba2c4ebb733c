{# The dossier counts that the indicators are made of; one list, so that variants cannot drift apart. #}
{% macro dossier_counts() -%}
    count(*) as population,
    count(*) filter (where is_received) as received,
    count(*) filter (where is_on_time) as on_time,
    count(*) filter (where is_received and is_online) as received_online,
    count(*) filter (where is_received and is_synced) as received_synced,
    count(*) filter (where is_received and is_portal_fee_dossier) as received_portal_fee,
    count(*) filter (where is_paid_online) as paid_online,
    count(*) filter (where is_fee_dossier) as fee_population,
    count(*) filter (where is_fee_dossier and is_paid_online) as fee_paid_online,
    count(*) filter (where has_result_link) as with_result_link,
    count(*) filter (where is_digitised) as digitised,
    count(*) filter (where is_reused) as reused,
    count(*) filter (where has_from_personal_store) as from_personal_store,
    count(*) filter (where has_population_mark) as population_marked,
    count(*) filter (where is_on_time and not has_complaint) as satisfied
{%- endmacro %}

{# Those counts as (indicator_code, numerator, denominator) rows; `counts` is the relation's alias. #}
{% macro dossier_indicator_values(counts) -%}
    values
    ('2.1', {{ counts }}.on_time, {{ counts }}.population),
    ('3.3', {{ counts }}.received_online, {{ counts }}.received),
    ('3.6', {{ counts }}.fee_paid_online, {{ counts }}.fee_population),
    ('4.1', {{ counts }}.with_result_link, {{ counts }}.population),
    ('4.2', {{ counts }}.digitised, {{ counts }}.population),
    ('4.3', {{ counts }}.reused, {{ counts }}.population),
    ('4.4', {{ counts }}.from_personal_store, {{ counts }}.population),
    ('4.6', {{ counts }}.population_marked, {{ counts }}.population),
    ('5.3', {{ counts }}.satisfied, {{ counts }}.population)
{%- endmacro %}
