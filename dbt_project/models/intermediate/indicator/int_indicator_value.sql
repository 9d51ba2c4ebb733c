-- Every numerator and denominator that the records give for all procedures together, one row per scope, period and
-- indicator.
{% for model in [
    'int_dossier_indicator', 'int_procedure_indicator', 'int_transparency_indicator',
    'int_petition_indicator', 'int_sync_indicator', 'int_certified_copy_indicator',
] %}
select
    unit_code,
    period_grain,
    period_start,
    indicator_code,
    numerator::numeric as numerator,
    denominator::numeric as denominator
from {{ ref(model) }}
where procedure_code = '*'
{% if not loop.last %}union all{% endif %}
{% endfor %}
