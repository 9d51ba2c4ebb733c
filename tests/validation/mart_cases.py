"""A small world of marts in which every rule holds, and for every rule what makes it fail.

GOOD: statements that fill the marts, whose tables come from the contracts in the models' YAML. MART_CASES:
rule → (statement that spoils the marts, rows of the mart that then fail it).
"""

# ruff: noqa: E501 - statements are as wide as the tables
from pathlib import Path

import yaml

MODELS = Path(__file__).resolve().parents[2] / "dbt_project" / "models" / "marts"
EVALUATED_AT = "2026-09-28 08:00+07"
GRAIN = "'month', date '2026-08-01'"
SCORED = "'portal-2026', 'as_was'"


def tables() -> list[str]:
    """One `create table` per mart, with the columns and types of its contract."""
    found = []
    for path in sorted(MODELS.rglob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", ()):
            columns = ", ".join(f"{item['name']} {item['data_type']}" for item in model["columns"])
            found.append(f"create table marts.{model['name']} ({columns})")
    return found


def _indicator(code: str, procedure: str, n: int, d: int, score: float, max_score: float) -> str:
    return (
        f"('H44', '{code}', {GRAIN}, '{procedure}', {SCORED}, {n}, {d}, {100 * n / d}, {score}, {max_score}, "
        f"'scored', 'complete', timestamptz '{EVALUATED_AT}')"
    )


GOOD = [
    "insert into marts.dim_org_unit (org_unit_key, unit_code) values ('H44', 'H44')",
    """insert into marts.dim_indicator (indicator_code, group_no, display_group, is_scored)
    values ('1.1', 1, 'CKMB', true), ('1.4', 1, 'CKMB', true), ('2.1', 2, 'TDGQ', true)""",
    """insert into marts.dim_scoring_rule (rule_set, indicator_code, max_points)
    values ('portal-2026', '1.1', 6), ('portal-2026', '1.4', 6), ('portal-2026', '2.1', 20)""",
    f"""insert into marts.fct_indicator (unit_code, indicator_code, period_grain, period_start, procedure_code,
        rule_set, boundary, numerator, denominator, ratio, score, max_score, status, coverage, evaluated_at)
    values {_indicator("1.1", "*", 1, 2, 3, 6)}, {_indicator("1.4", "*", 1, 2, 3, 6)},
        {_indicator("2.1", "*", 9, 10, 18, 20)}, {_indicator("2.1", "1.004227", 4, 5, 16, 20)}""",
    f"""insert into marts.mart_group_score (unit_code, period_grain, period_start, rule_set, boundary, group_no,
        display_group, score, max_score, is_missing)
    values ('H44', {GRAIN}, {SCORED}, 1, 'CKMB', 6, 12, false),
        ('H44', {GRAIN}, {SCORED}, 2, 'TDGQ', 18, 20, false),
        ('H44', {GRAIN}, {SCORED}, 3, 'CLGQ', null, 12, true)""",
    "insert into marts.dim_indicator values ('3.2', 3, null, null, 'CLGQ', null, null, null, null, true)",
    "insert into marts.dim_scoring_rule (rule_set, indicator_code, max_points) values ('portal-2026', '3.2', 12)",
    f"""insert into marts.fct_indicator (unit_code, indicator_code, period_grain, period_start, procedure_code,
        rule_set, boundary, max_score, status, status_reason, coverage, evaluated_at)
    values ('H44', '3.2', {GRAIN}, '*', {SCORED}, 12, 'null', 'no_source', 'missing',
        timestamptz '{EVALUATED_AT}')""",
    f"""insert into marts.mart_scorecard (unit_code, period_grain, period_start, rule_set, boundary,
        group_1_score, group_2_score, group_3_score, group_4_score, group_5_score, ckmb_score, tdgq_score,
        clgq_score, tttt_score, mdsh_score, mdhl_score, total_score, max_score, band, rank_among_peers, peers,
        published_total_score, missing_groups, coverage, data_origin)
    values ('H44', {GRAIN}, {SCORED}, 6, 18, 10, 8, 9, 6, 18, 5, 5, 8, 9, 51, 100, 'C', 1, 1, 52, '{{}}',
        'complete', 'synthetic')""",
    f"""insert into marts.mart_reconciliation (unit_code, indicator_code, period_grain, period_start, rule_set,
        boundary, computed_numerator, computed_denominator, computed_score, published_numerator,
        published_denominator, published_score, score_difference, status, likely_cause)
    values ('H44', '1.1', {GRAIN}, {SCORED}, 1, 2, 3, 1, 2, 3, 0, 'equal', null),
        ('H44', '2.1', {GRAIN}, {SCORED}, 9, 10, 18, 19, 20, 19, 1, 'different', 'late_arrivals')""",
    f"""insert into marts.mart_reconciliation (unit_code, indicator_code, period_grain, period_start, rule_set,
        boundary, computed_score, published_score, score_difference, status)
    select 'H44', '1.4', {GRAIN}, {SCORED}, 3, 3, 0, 'equal' from generate_series(1, 18)""",
    f"""insert into marts.mart_group_reconciliation (unit_code, display_group, period_grain, period_start,
        rule_set, boundary, computed_score, published_score, score_difference)
    select 'H44', 'CKMB', {GRAIN}, {SCORED}, 6, 7, 1 from generate_series(1, 20)""",
    f"""insert into marts.mart_processing_time (unit_code, period_grain, period_start, procedure_code, dossiers,
        mean_time, median_time, p90_time)
    values ('H44', {GRAIN}, '1.004227', 5, 3, 3, 4)""",
    """insert into marts.mart_target_progress (target_id, measure_code, period_grain, period_start, row_kind, unit_code,
        unit_level, numerator, denominator, actual_percent, target_percent, actual_basis, status)
    values ('T', '3.3', 'year', date '2026-01-01', 'level', 'H44', 'all', 3, 10, 30, 30, 'records', 'reached'),
        ('T', '3.3', 'year', date '2026-01-01', 'level', 'H44', 'province', 1, 4, 25, 30, 'records', 'missed'),
        ('T', '3.3', 'year', date '2026-01-01', 'level', 'H44', 'commune', 2, 6, 33.3333, 30, 'records', 'reached')""",
    """insert into marts.mart_campaign_progress (target_id, measure_code, period_start, period_end, row_kind, unit_code,
        unit_level, day, day_number, numerator, denominator, actual_basis)
    values ('C', '3.3', date '2026-03-01', date '2026-03-31', 'level', 'H44', 'all', date '2026-03-01', 0, 1, 4, 'records'),
        ('C', '3.3', date '2026-03-01', date '2026-03-31', 'level', 'H44', 'all', date '2026-03-02', 1, 2, 6, 'records')""",
    """insert into marts.fct_dossier (dossier_code, unit_code, received_at, is_excluded)
    values ('H44-260803-1', 'H44', timestamptz '2026-08-03 08:00+07', false)""",
    f"""insert into marts.mart_late_dossier (dossier_code, unit_code, lateness, time_of, due_at, evaluated_at)
    values ('H44-260803-1', 'H44', 'late', 'agency', timestamptz '2026-09-27 17:00+07', timestamptz '{EVALUATED_AT}')""",
    f"""insert into marts.mart_channel (unit_code, period_grain, period_start, channel, dossiers, all_dossiers)
    values ('H44', {GRAIN}, 1, 4, 8), ('H44', {GRAIN}, 2, 4, 8), ('H44', {GRAIN}, 3, 0, 8)""",
    f"""insert into marts.mart_data_quality (unit_code, indicator_code, period_grain, period_start, defect, score,
        score_if_right)
    values ('H44', '2.1', {GRAIN}, 'quarantined', 18, 18.2)""",
]

_SET = "update marts.{mart} set {change}"
_ONE = {  # mart.rule → (change, condition that picks the row)
    "fct_indicator.ratio.percentage": ("ratio = 101", "indicator_code = '1.1'"),
    "fct_indicator.ratio.feed_above_total": ("ratio = 150, numerator = 3", "indicator_code = '1.4'"),
    "fct_indicator.numerator.within_denominator": ("numerator = 3", "indicator_code = '1.1'"),
    "fct_indicator.numerator.not_negative": ("numerator = -1", "indicator_code = '1.1'"),
    "fct_indicator.denominator.not_negative": ("denominator = -1", "indicator_code = '1.1'"),
    "fct_indicator.ratio.of_its_parts": ("ratio = 49.99", "indicator_code = '1.1'"),
    "fct_indicator.score.within_maximum": ("score = 6.01", "indicator_code = '1.1'"),
    "fct_indicator.max_score.of_rule_set": ("max_score = 7", "indicator_code = '1.1'"),
    "fct_indicator.score.of_status": ("score = null", "indicator_code = '1.1'"),
    "fct_indicator.score.without_source": ("score = 0", "indicator_code = '3.2'"),
    "fct_indicator.coverage.told": ("coverage = 'perhaps'", "indicator_code = '1.1'"),
    "fct_indicator.coverage.present": ("coverage = null", "indicator_code = '1.1'"),
    "fct_indicator.unit_code.known": ("unit_code = 'H45'", "procedure_code = '1.004227'"),
    "fct_indicator.evaluated_at.of_one_build": ("evaluated_at = now()", "indicator_code = '1.1'"),
    "fct_indicator.numerator.procedures_within_all": ("numerator = 10", "procedure_code = '1.004227'"),
    "mart_group_score.score.within_maximum": ("score = 12.01", "display_group = 'CKMB'"),
    "mart_group_score.score.sum_of_indicators": ("score = 6.01", "display_group = 'CKMB'"),
    "mart_group_score.score.when_missing": ("score = 0", "display_group = 'CLGQ'"),
    "mart_group_score.max_score.of_group": ("max_score = 11", "display_group = 'CKMB'"),
    "mart_scorecard.total_score.within_100": ("total_score = 100.01", "true"),
    "mart_scorecard.total_score.sum_of_groups": ("group_5_score = 9.01", "true"),
    "mart_scorecard.total_score.sum_of_display_groups": ("mdhl_score = null", "true"),
    "mart_scorecard.total_score.without_a_group": ("missing_groups = '{CLGQ}'", "true"),
    "mart_scorecard.band.of_total": ("band = null", "true"),
    "mart_scorecard.rank_among_peers.within_peers": ("rank_among_peers = 2", "true"),
    "mart_scorecard.coverage.present": ("coverage = null", "true"),
    "mart_scorecard.max_score.of_100": ("max_score = 102", "true"),
    "mart_scorecard.data_origin.present": ("data_origin = 'guessed'", "true"),
    "mart_scorecard.published_total_score.within_100": ("published_total_score = 101", "true"),
    "mart_reconciliation.score_difference.of_its_parts": ("score_difference = -1", "indicator_code = '2.1'"),
    "mart_reconciliation.status.of_difference": ("status = 'equal'", "indicator_code = '2.1'"),
    "mart_reconciliation.computed_score.as_in_facts": (
        "computed_score = 17, score_difference = 2", "indicator_code = '2.1'",
    ),
    "mart_group_reconciliation.score_difference.of_its_parts": ("score_difference = 9", "true"),
    "mart_processing_time.mean_time.not_negative": ("mean_time = -1", "true"),
    "mart_processing_time.median_time.within_tail": ("median_time = 5", "true"),
    "mart_processing_time.dossiers.some": ("dossiers = 0", "true"),
    "mart_late_dossier.lateness.of_deadline": ("lateness = 'due_soon'", "true"),
    "mart_late_dossier.dossier_code.open": ("dossier_code = 'H44-260803-2'", "true"),
    "mart_data_quality.score_if_right.not_below": ("score_if_right = 17.9", "true"),
    "mart_target_progress.numerator.within_denominator": (
        "measure_code = '3.2', numerator = 5, actual_percent = 125, status = 'reached'", "unit_level = 'province'",
    ),
    "mart_target_progress.actual_percent.of_its_parts": ("actual_percent = 24", "unit_level = 'province'"),
    "mart_target_progress.denominator.levels_add_up": (
        "denominator = 12, actual_percent = 25, status = 'missed'", "unit_level = 'all'",
    ),
    "mart_target_progress.status.of_its_figures": ("status = 'reached'", "unit_level = 'province'"),
    "mart_campaign_progress.day_number.of_its_day": ("day_number = 2", "day_number = 1"),
    "mart_campaign_progress.denominator.never_falls": ("denominator = 3", "day_number = 1"),
    "fct_dossier.received_at.present": ("received_at = null", "true"),
    "fct_dossier.unit_code.known": ("unit_code = 'H45'", "true"),
}  # fmt: skip
MART_CASES: dict[str, tuple[str, int]] = {
    rule_id: (f"{_SET.format(mart=rule_id.split('.')[0], change=change)} where {condition}", 1)
    for rule_id, (change, condition) in _ONE.items()
} | {
    "fct_indicator.indicator_code.all_of_them": (
        "delete from marts.fct_indicator where indicator_code = '1.1'", 3,
    ),
    "mart_group_reconciliation.score_difference.of_its_parts": (
        "update marts.mart_group_reconciliation set score_difference = 2", 20,
    ),
    "mart_group_reconciliation.score_difference.small": (
        "update marts.mart_group_reconciliation set published_score = 9, score_difference = 3", 20,
    ),
    "mart_reconciliation.score_difference.small": (
        "update marts.mart_reconciliation set published_score = 5, score_difference = 2, status = 'different' "
        "where indicator_code = '1.4'", 18,
    ),
    "mart_reconciliation.likely_cause.explained": (
        "update marts.mart_reconciliation set status = 'different', likely_cause = 'unexplained' "
        "where indicator_code = '1.4'", 18,
    ),
    "mart_channel.all_dossiers.sum_of_channels": (
        "update marts.mart_channel set dossiers = 5 where channel = 2", 3,
    ),
    "fct_dossier.dossier_code.once": (
        "insert into marts.fct_dossier select * from marts.fct_dossier", 2,
    ),
}  # fmt: skip
