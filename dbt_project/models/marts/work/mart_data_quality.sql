-- What poor data costs: points now, and points if the records of one kind of defect were right, for every indicator
-- whose parts they would change. Scored by the rules' own macro; at most so many points, for right is taken as
-- counting. 3.6 is left out of held dossiers: whether they have a fee cannot be told.
with touched as (
    select
        closure.ancestor_code as unit_code,
        record.period_grain,
        record.period_start,
        record.entity,
        record.defect,
        count(*) as records,
        (
            select array_agg(distinct rule.rule_id order by rule.rule_id)
            from unnest(string_to_array(string_agg(array_to_string(record.rule_ids, ','), ','), ',')) as rule (rule_id)
        ) as rule_ids
    from {{ ref('int_defect_record') }} as record
    inner join {{ ref('int_as_was_closure') }} as closure
        on
            record.unit_code = closure.unit_code
            and record.period_grain = closure.period_grain
            and record.period_start = closure.period_start
    group by closure.ancestor_code, record.period_grain, record.period_start, record.entity, record.defect
),

-- Per kind of record and defect: the indicators whose numerator, and whose denominator, each record would raise.
effects as (
    select *
    from (
        values
        ('dossier', 'quarantined', '1.4', 0), ('dossier', 'quarantined', '2.1', 1),
        ('dossier', 'quarantined', '3.3', 1), ('dossier', 'quarantined', '4.1', 1),
        ('dossier', 'quarantined', '4.2', 1), ('dossier', 'quarantined', '4.3', 1),
        ('dossier', 'quarantined', '4.4', 1), ('dossier', 'quarantined', '4.6', 1),
        ('dossier', 'quarantined', '5.3', 1), ('petition', 'quarantined', '5.1', 1),
        ('petition', 'quarantined', '5.2', 1), ('dossier', 'no_deadline', '2.1', 0),
        ('dossier', 'no_deadline', '5.3', 0), ('dossier', 'closed_without_date', '2.1', 0),
        ('dossier', 'closed_without_date', '5.3', 0), ('dossier', 'promised_before_received', '2.1', 0),
        ('dossier', 'promised_before_received', '5.3', 0)
    ) as listed (entity, defect, indicator_code, adds_to_denominator)
),

-- Read once: over the few rows expected of touched the planner would read every figure anew for each of them.
figures as materialized (
    select *
    from {{ ref('fct_indicator') }}
    where
        procedure_code = '*' and boundary = 'as_was' and numerator is not null
        and unit_code = any(array(select touched.unit_code from touched))
),

righted as (
    select
        indicator.*,
        touched.defect,
        touched.records,
        touched.rule_ids,
        indicator.numerator + touched.records as numerator_if_right,
        indicator.denominator + touched.records * effects.adds_to_denominator as denominator_if_right
    from touched
    inner join effects on touched.entity = effects.entity and touched.defect = effects.defect
    inner join figures as indicator
        on
            touched.unit_code = indicator.unit_code
            and touched.period_grain = indicator.period_grain
            and touched.period_start = indicator.period_start
            and effects.indicator_code = indicator.indicator_code
),

scored as (
    select
        righted.*,
        {{ indicator_score('righted.numerator_if_right', 'righted.denominator_if_right', 'rule') }} as score_if_right
    from righted
    inner join {{ ref('scoring_rules') }} as rule
        on righted.rule_set = rule.rule_set and righted.indicator_code = rule.indicator_code
)

select
    scored.unit_code,
    scored.indicator_code,
    scored.period_grain,
    scored.period_start,
    scored.rule_set,
    scored.boundary,
    scored.defect,
    defect.name_vi as defect_vi,
    defect.name_en as defect_en,
    scored.rule_ids,
    scored.records::int as records,
    scored.numerator,
    scored.denominator,
    scored.score,
    scored.numerator_if_right::numeric as numerator_if_right,
    scored.denominator_if_right::numeric as denominator_if_right,
    scored.score_if_right,
    scored.score_if_right - scored.score as points_at_most,
    defect.assumption_vi,
    defect.assumption_en,
    scored.is_provisional,
    scored.evaluated_at,
    scored.data_origin
from scored
inner join {{ ref('data_defects') }} as defect on scored.defect = defect.defect
