{{ config(indexes=[{'columns': ['scope_key']}]) }}

-- Scopes and periods whose figures may differ from those of the last build: something is counted otherwise in them, the
-- period was not over then, or the scope is new. has_other_counts: dossiers, or what catalogues say on that day, are
-- counted otherwise. Empty in a full refresh, which computes all.
select
    scope_key,
    unit_code,
    period_grain,
    period_start,
    bool_or(has_other_counts) as has_other_counts
from (
    select
        scope_key,
        unit_code,
        period_grain,
        period_start,
        true as has_other_counts
    from {{ ref('int_procedure_affected') }}
    union all
    select
        scope_key,
        unit_code,
        period_grain,
        period_start,
        is_new_day as has_other_counts
    from {{ ref('int_scope_moved') }}
) as affected
group by scope_key, unit_code, period_grain, period_start
