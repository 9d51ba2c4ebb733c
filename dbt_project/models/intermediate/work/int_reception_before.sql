-- How the affected dossiers were received by what the last build knew, in the columns of int_reception. Read through
-- the view that the last build left, so before anything below it is rebuilt.
-- depends_on: {{ ref('int_dossier_affected') }}
{%- set reception = left_by_last_build('int_dossier_reception') %}
{%- if reception is none %}
select
    null::text as unit_code,
    null::date as received_month,
    null::smallint as channel,
    null::text as filing,
    null::int as dossiers
where false
{%- else %}
{{ receptions(reception, ref('int_dossier_affected')) }}
{%- endif %}
