-- The same counts over other populations that a publisher may have used: only dossiers received in the
-- period, or only those that the national feed holds. They name causes of differences, nothing else.
{% for variant, condition in [('received', 'cell.is_received'), ('synced', 'cell.is_ever_synced')] %}
select
    '{{ variant }}' as variant,
    closure.ancestor_code as unit_code,
    whole.period_grain,
    whole.period_start,
    {{ summed_dossier_counts('whole') }}
from (
    select
        cell.unit_code,
        cell.period_grain,
        cell.period_start,
        {{ summed_dossier_counts('cell') }}
    from {{ ref('int_dossier_cell') }} as cell
    where {{ condition }}
    group by cell.unit_code, cell.period_grain, cell.period_start
) as whole
inner join {{ ref('int_scope_closure') }} as closure on whole.unit_code = closure.unit_code
group by closure.ancestor_code, whole.period_grain, whole.period_start
{% if not loop.last %}union all{% endif %}
{% endfor %}
