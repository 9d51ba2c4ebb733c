"""The SQL of a gain: needs and steps of one unit and period, and one pass over its cases."""

from sqlalchemy import text

HEADING = text("""
    select card.unit_code, card.unit_name, card.unit_type, card.total_score, card.max_score,
        card.missing_groups, card.is_provisional, card.evaluated_at, card.data_origin, card.rule_set,
        next.lower_bound as next_band_from
    from marts.mart_scorecard as card
    left join lateral (
        select bands.* from reference.bands
        where bands.rule_set = card.rule_set and bands.lower_bound > card.total_score
        order by bands.lower_bound limit 1
    ) as next on true
    where card.unit_code = :unit and card.period_grain = :grain and card.period_start = :start
        and card.boundary = 'as_was'
    order by card.rule_set desc nulls last
    limit 1
""")

NEEDS = text("""
    select gain.*, indicator.name_vi, indicator.name_en
    from marts.mart_score_gain as gain
    inner join marts.dim_indicator as indicator using (indicator_code)
    where gain.unit_code = :unit and gain.period_grain = :grain and gain.period_start = :start
        and gain.rule_set = :rule_set
    order by gain.indicator_code
""")

STEPS = text("""
    select indicator_code, cases, score
    from marts.mart_score_step
    where unit_code = :unit and period_grain = :grain and period_start = :start and rule_set = :rule_set
    order by indicator_code, cases
""")

KEEP_CASES = text("""
    create temporary table not_counted on commit drop as
    select cases.*, reason.name_vi as reason_vi, reason.name_en as reason_en
    from marts.mart_fixable_case as cases
    left join reference.explanation_reasons as reason using (reason_code)
    where cases.unit_code = :unit and cases.period_grain = :grain and cases.period_start = :start
""")

# The cheapest first; what is due soonest before what is due later; then as they came.
FIXABLE = text("""
    select cases.indicator_code, cases.case_kind, cases.case_code, cases.case_unit_code, cases.procedure_code,
        procedure.procedure_name, cases.reason_code, cases.reason_vi, cases.reason_en, cases.action_vi,
        cases.action_en, cases.effort, cases.started_at, cases.due_at
    from not_counted as cases
    left join (
        select distinct on (procedure_code) procedure_code, procedure_name from marts.dim_procedure
    ) as procedure on procedure.procedure_code = cases.procedure_code
    where cases.is_fixable
    order by cases.indicator_code, cases.effort, cases.due_at nulls last, cases.started_at, cases.case_code
""")

# Dossiers of 2.1 in time now: each that is let slip takes a case away again.
AT_RISK = text("""
    select count(*) from marts.mart_late_dossier
    where lateness = 'due_soon' and (unit_code = :unit or starts_with(unit_code, :unit || '.'))
""")

LOST = text("""
    select indicator_code, obstacle, reason_code, reason_vi, reason_en, action_vi, action_en,
        count(*) as cases
    from not_counted
    where not is_fixable
    group by indicator_code, obstacle, reason_code, reason_vi, reason_en, action_vi, action_en
    order by indicator_code, count(*) desc, reason_code
""")
