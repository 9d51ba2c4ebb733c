-- Every case behind every number of fct_indicator: what was looked at (a dossier, a procedure, a service,
-- a petition, a commune, an outside total), whether it counts, why, and the raw record it stands on. The
-- same flags make the counts: the sum over distinct case_code of numerator_part (denominator_part) is
-- fct_indicator's numerator (denominator), for a procedure too where that grain exists.
-- Each branch says which indicators it speaks of: asked about one, the others are not even planned where
-- constraint_exclusion is on.
{% set of_dossiers = ['int_explained_dossier', 'int_explained_unaccepted', 'int_explained_processing'] %}
{% for model, indicators in [
    ('int_explained_dossier', ['1.4', '2.1', '3.3', '3.6', '4.1', '4.2', '4.3', '4.4', '4.6', '5.3']),
    ('int_explained_unaccepted', ['1.4', '2.1', '2.2', '3.3', '3.6', '4.1', '4.2', '4.3', '4.4', '4.6', '5.3']),
    ('int_explained_processing', ['2.2']),
    ('int_explained_total', ['1.4']),
    ('int_explained_transparency', ['1.1', '1.2', '1.3']),
    ('int_explained_procedure', ['3.1', '3.4', '3.5', '4.5']),
    ('int_explained_service', ['3.2']),
    ('int_explained_commune', ['4.7']),
    ('int_explained_petition', ['5.1', '5.2']),
] %}
select
    unit_code,
    indicator_code,
    period_grain,
    period_start,
    case_kind,
    case_code,
    case_unit_code::text as case_unit_code,
    procedure_code::text as procedure_code,
    is_in_denominator,
    is_in_numerator,
    denominator_part::numeric as denominator_part,
    numerator_part::numeric as numerator_part,
    reason_code,
    late_by_seconds::bigint as late_by_seconds,
    late_by_working_days::int as late_by_working_days,
    started_at::timestamptz as started_at,
    due_at::timestamptz as due_at,
    ended_at::timestamptz as ended_at,
    detail::jsonb as detail,
    entity,
    {{ 'batch_id' if model in of_dossiers else 'null' }}::uuid as batch_id,
    raw_id::bigint as raw_id
from {{ ref(model) }}
where
    indicator_code in ('{{ indicators | join("', '") }}')
{% if not loop.last %}union all{% endif %}
{% endfor %}
