-- Which raw row speaks for each dossier: of several sources that hold it, from the one that speaks (lowest
-- precedence); there under its newest number, the latest by source time, whatever the order of arrival; of two with the
-- same time, the one further on in its life, then by hash. In a following build, of changed dossiers alone.
-- A table of its own: it is sorted as narrow rows, and who joins it to raw knows how many there are.
-- depends_on: {{ ref('int_dossier_affected') }}, {{ ref('int_dossier_number') }}
select distinct on (coalesce(number.dossier_code, dossier.dossier_code))
    dossier.raw_id,
    coalesce(number.dossier_code, dossier.dossier_code) as newest_code
from {{ ref('stg_onestop__dossier') }} as dossier
left join {{ ref('int_dossier_number') }} as number on dossier.dossier_code = number.former_code
{% if left_by_last_build('int_dossier_record') is not none %}
where dossier.dossier_code in (select codes.dossier_code from ({{ codes_of_affected('is_changed') }}) as codes)
{% endif %}
order by
    coalesce(number.dossier_code, dossier.dossier_code) asc, dossier.source_precedence asc,
    number.steps asc nulls first, dossier.version_at desc nulls last, dossier.status desc nulls last,
    dossier.row_hash desc
