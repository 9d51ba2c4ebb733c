-- Each petition first received in the period, per unit that counts it (its own and every unit above), and
-- whether it is on time (5.1) and satisfies (5.2). int_petition_count only counts these rows.
select
    closure.ancestor_code as unit_code,
    petition.petition_id,
    petition.petition_no,
    petition.raw_id,
    petition.dossier_code,
    petition.unit_code as petition_unit_code,
    petition.period_grain,
    petition.period_start,
    petition.received_at,
    petition.outcome,
    petition.base_at,
    petition.step_at,
    petition.due_on,
    petition.published_at,
    petition.publish_by,
    petition.is_step_on_time,
    petition.is_on_time,
    petition.likes,
    petition.dislikes,
    petition.is_disliked,
    petition.is_raised_again,
    petition.is_on_time and not petition.is_disliked and not petition.is_raised_again as is_satisfied
from {{ ref('int_petition_timeliness') }} as petition
inner join {{ ref('int_scope_closure') }} as closure on petition.unit_code = closure.unit_code
