{{ config(
    materialized='incremental', incremental_strategy='append',
    indexes=[{'columns': ['unit_code', 'period_start', 'period_grain']}],
    pre_hook="{{ forget_affected() }}"
) }}

-- 2.2: summed processing time and the number of dossiers, per unit, period and procedure, in the unit
-- of the procedure.
select
    closure.ancestor_code as unit_code,
    done.period_grain,
    done.period_start,
    done.procedure_code,
    '2.2' as indicator_code,
    sum(done.processing_time * done.dossiers) as numerator,
    sum(done.dossiers) as denominator
from {{ ref('int_processing_time_count') }} as done
inner join {{ ref('int_scope_closure') }} as closure on done.unit_code = closure.unit_code
{{ of_affected('closure.ancestor_code', 'done') }}
group by closure.ancestor_code, done.period_grain, done.period_start, done.procedure_code
