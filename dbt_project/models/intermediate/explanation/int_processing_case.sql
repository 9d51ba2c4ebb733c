-- Each dossier received in the period, and the processing time it adds to 2.2, in the unit of its
-- procedure; without one it is not finished.
select
    fact.unit_code,
    fact.period_grain,
    fact.period_start,
    fact.dossier_code,
    fact.dossier_unit_code,
    fact.procedure_code,
    done.processing_time,
    done.max_time,
    done.max_time_unit,
    case
        when done.dossier_code is not null then 'processing_time'
        when dossier.status in (9, 10) and dossier.ended_at is not null then 'no_time_unit'
        else 'not_finished'
    end as reason_code,
    dossier.received_at,
    dossier.ended_at,
    dossier.supplement_seconds,
    dossier.status,
    dossier.batch_id,
    dossier.raw_id
from {{ ref('int_dossier_fact') }} as fact
inner join {{ ref('fct_dossier') }} as dossier on fact.dossier_code = dossier.dossier_code
left join {{ ref('int_processing_time') }} as done
    on
        fact.dossier_code = done.dossier_code
        and fact.period_grain = done.period_grain
        and fact.period_start = done.period_start
where fact.is_received
