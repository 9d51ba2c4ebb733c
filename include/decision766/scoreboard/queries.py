"""What the pages ask the marts: short, bound, read only; every mart with a boundary is asked for one."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, TextClause, text

from decision766.warehouse.reading import read_rows

Row = Mapping[str, Any]


def rows(connection: Connection, query: TextClause, **values: object) -> list[Row]:
    """Every row as a mapping, columns as the query names them."""
    return list(read_rows(connection, query, values))


def first(connection: Connection, query: TextClause, **values: object) -> Row | None:
    """The first row, or None."""
    found = rows(connection, query, **values)
    return found[0] if found else None


# Periods with a scorecard of the boundary; those that only the recorded history knows have no dossiers.
PERIODS = text("""
    select period.period_grain, period.period_start, period.period_code,
        coalesce(held.has_computed, false) as has_computed, held.period_start is not null as has_scorecards,
        period.is_provisional
    from marts.dim_period as period
    left join (
        select period_grain, period_start, bool_or(total_score is not null) as has_computed
        from marts.mart_scorecard where boundary = :boundary group by period_grain, period_start
    ) as held using (period_grain, period_start)
    where held.period_start is not null
        or (:with_history and (period.period_grain, period.period_start) in (
            select published.period_grain, published.period_start from marts.fct_published_group as published
            where published.display_group = 'TOTAL'
        ))
    order by period.period_start, period.period_code
""")

BOUNDARIES = text("select distinct boundary from marts.mart_scorecard order by boundary desc")

UNITS = text("""
    select distinct on (unit_code) unit_code, unit_name, unit_type, unit_level, parent_code, sort_key
    from marts.dim_org_unit order by unit_code, valid_from desc nulls last
""")

BANDS = text("""
    select band, name_vi, name_en, lower_bound, confirmed from reference.bands
    where rule_set = (select max(rule_set) from reference.bands) order by lower_bound
""")

INDICATORS = text("""
    select indicator_code, group_no, group_name_vi, group_name_en, name_vi, name_en, unit, is_scored
    from marts.dim_indicator order by indicator_code
""")

GROUPS = text("""
    select group_no, name_vi, name_en, max_points from reference.indicator_groups order by sort_order
""")

# Provinces of one period. Of a province without a scorecard the newest captured publication speaks.
PROVINCES = text("""
    with captured as (
        select distinct on (unit_code, display_group)
            unit_code, display_group, score, captured_at, data_origin
        from marts.fct_published_group
        where period_grain = :grain and period_start = :start and procedure_code = '*'
        order by unit_code, display_group, captured_at desc
    ),
    history as (
        select unit_code,
            max(score) filter (where display_group = 'CKMB') as ckmb,
            max(score) filter (where display_group = 'TDGQ') as tdgq,
            sum(score) filter (where display_group in ('CLGQ', 'TTTT')) as online,
            max(score) filter (where display_group = 'MDSH') as mdsh,
            max(score) filter (where display_group = 'MDHL') as mdhl,
            max(score) filter (where display_group = 'TOTAL') as total,
            max(captured_at) as captured_at, min(data_origin) as data_origin
        from captured group by unit_code
    ),
    card as (
        select distinct on (unit_code) * from marts.mart_scorecard
        where period_grain = :grain and period_start = :start and boundary = :boundary
            and unit_type = 'province'
        order by unit_code, rule_set desc nulls last
    )
    select unit.unit_code, unit.unit_name, card.total_score, card.group_1_score, card.group_2_score,
        card.group_3_score, card.group_4_score, card.group_5_score, card.coverage, card.is_provisional,
        card.evaluated_at, card.stale_sources, card.unit_code is not null as has_scorecard,
        case when card.unit_code is null then history.total else card.published_total_score end
            as published_total,
        case when card.unit_code is null then history.ckmb else card.published_ckmb_score end as published_1,
        case when card.unit_code is null then history.tdgq else card.published_tdgq_score end as published_2,
        case when card.unit_code is null then history.online
            else card.published_clgq_score + card.published_tttt_score end as published_3,
        case when card.unit_code is null then history.mdsh else card.published_mdsh_score end as published_4,
        case when card.unit_code is null then history.mdhl else card.published_mdhl_score end as published_5,
        coalesce(card.published_captured_at, history.captured_at) as published_captured_at,
        coalesce(card.data_origin, history.data_origin) as data_origin
    from (
        select distinct on (unit_code) unit_code, unit_name from marts.dim_org_unit
        where unit_type = 'province' order by unit_code, valid_from desc nulls last
    ) as unit
    left join card using (unit_code)
    left join history using (unit_code)
    where card.unit_code is not null or history.unit_code is not null
    order by unit.unit_code
""")

INDICATOR_OF_PROVINCES = text("""
    select compared.unit_code, compared.computed_score, compared.published_score
    from marts.mart_reconciliation as compared
    where compared.indicator_code = :indicator and compared.period_grain = :grain
        and compared.period_start = :start and compared.boundary = :boundary
        and compared.unit_code in (select unit_code from marts.dim_org_unit where unit_type = 'province')
""")

PREVIOUS = text("""
    select max(period_start) as period_start from marts.mart_scorecard
    where period_grain = :grain and period_start < :start and boundary = :boundary
""")

CARDS = text("""
    select distinct unit_code from marts.mart_scorecard
    where period_grain = :grain and period_start = :start and boundary = :boundary order by unit_code
""")

UNIT_CARD = text("""
    select * from marts.mart_scorecard
    where unit_code = :unit and period_grain = :grain and period_start = :start and boundary = :boundary
    order by rule_set desc nulls last limit 1
""")

# Peers: units of the same type whose figures have the same origin. A median is of scores, never of ratios.
UNIT_PEERS = text("""
    select count(total_score) as peers,
        percentile_cont(0.5) within group (order by total_score) as total,
        percentile_cont(0.5) within group (order by group_1_score) as group_1,
        percentile_cont(0.5) within group (order by group_2_score) as group_2,
        percentile_cont(0.5) within group (order by group_3_score) as group_3,
        percentile_cont(0.5) within group (order by group_4_score) as group_4,
        percentile_cont(0.5) within group (order by group_5_score) as group_5
    from marts.mart_scorecard
    where unit_type = :unit_type and period_grain = :grain and period_start = :start
        and boundary = :boundary and data_origin = :origin and rule_set is not distinct from :rule_set
""")

PEERS_TREND = text("""
    select period_start, percentile_cont(0.5) within group (order by total_score) as median
    from marts.mart_scorecard
    where unit_type = :unit_type and period_grain = :grain and boundary = :boundary
        and data_origin = :origin and total_score is not null
    group by period_start
""")

UNIT_INDICATORS = text("""
    select indicator.indicator_code, indicator.group_no, indicator.name_vi, indicator.name_en,
        indicator.unit as measured_in, computed.numerator, computed.denominator, computed.ratio,
        computed.score, coalesce(computed.max_score, rule.max_points) as max_score, computed.status,
        computed.status_reason, computed.coverage, compared.published_numerator,
        compared.published_denominator, compared.published_score, compared.score_difference,
        compared.status as reconciliation, compared.likely_cause_vi, compared.likely_cause_en
    from marts.dim_indicator as indicator
    left join marts.fct_indicator as computed
        on computed.indicator_code = indicator.indicator_code and computed.procedure_code = '*'
        and computed.unit_code = :unit and computed.period_grain = :grain
        and computed.period_start = :start and computed.boundary = :boundary
        and computed.rule_set = :rule_set
    left join marts.mart_reconciliation as compared
        on compared.indicator_code = indicator.indicator_code and compared.unit_code = :unit
        and compared.period_grain = :grain and compared.period_start = :start
        and compared.boundary = :boundary and compared.rule_set is not distinct from :rule_set
    left join marts.dim_scoring_rule as rule
        on rule.indicator_code = indicator.indicator_code
        and rule.rule_set = coalesce(:rule_set, (select max(rule_set) from marts.dim_scoring_rule))
    order by indicator.indicator_code
""")

UNIT_TREND = text("""
    select distinct on (card.period_start) period.period_code, card.period_start, card.total_score,
        card.published_total_score, card.rank_among_peers, card.peers, card.is_provisional
    from marts.mart_scorecard as card
    inner join marts.dim_period as period using (period_grain, period_start)
    where card.unit_code = :unit and card.period_grain = :grain and card.boundary = :boundary
    order by card.period_start, card.rule_set desc nulls last
""")

CHILDREN = text("""
    select distinct on (card.unit_code) card.unit_code, card.unit_name, card.unit_type, card.total_score,
        card.published_total_score, card.total_difference, card.band_name_vi, card.band_name_en,
        card.rank_among_peers, card.peers, card.coverage, card.group_1_score, card.group_2_score,
        card.group_3_score, card.group_4_score, card.group_5_score
    from marts.mart_scorecard as card
    where card.parent_code = :unit and card.period_grain = :grain and card.period_start = :start
        and card.boundary = :boundary
    order by card.unit_code, card.rule_set desc nulls last
""")

INDICATOR_RULE = text("""
    select indicator.*, reading.numerator_vi, reading.numerator_en, reading.denominator_vi,
        reading.denominator_en, reading.source_vi, reading.source_en, rule.rule_set, rule.max_points,
        rule.scoring_type, rule.full_marks_at, rule.zero_denominator, rule.rounding_mode, rule.decimals,
        rule.valid_from, rule.valid_to, rule.provenance as rule_provenance, rule.notes
    from marts.dim_indicator as indicator
    inner join reference.indicator_readings as reading using (indicator_code)
    left join marts.dim_scoring_rule as rule using (indicator_code)
    where indicator.indicator_code = :indicator
    order by rule.valid_from desc nulls last, rule.rule_set desc limit 1
""")

# By unit code, so that the index of fct_indicator serves it: the mart has a row for each procedure too.
INDICATOR_UNITS = text("""
    select distinct on (computed.unit_code) computed.unit_code, unit.unit_name, unit.parent_code,
        computed.numerator, computed.denominator, computed.ratio, computed.score, computed.max_score,
        computed.status, computed.status_reason, computed.coverage, computed.data_origin
    from marts.fct_indicator as computed
    inner join marts.dim_org_unit as unit on unit.unit_code = computed.unit_code and unit.is_current
    where computed.unit_code = any(array(
            select named.unit_code from marts.dim_org_unit as named where named.unit_type = :unit_type
        ))
        and computed.period_grain = :grain and computed.period_start = :start
        and computed.indicator_code = :indicator and computed.procedure_code = '*'
        and computed.boundary = :boundary
    order by computed.unit_code, computed.rule_set desc
""")

INDICATOR_TREND = text("""
    select period.period_code, compared.period_start, count(compared.computed_score) as units,
        min(compared.computed_score) as lowest,
        percentile_cont(0.5) within group (order by compared.computed_score) as median,
        max(compared.computed_score) as highest
    from marts.mart_reconciliation as compared
    inner join marts.dim_period as period using (period_grain, period_start)
    where compared.indicator_code = :indicator and compared.period_grain = :grain
        and compared.boundary = :boundary
        and compared.unit_code in (select unit_code from marts.dim_org_unit where unit_type = :unit_type)
    group by period.period_code, compared.period_start
    having count(compared.computed_score) > 0
    order by compared.period_start
""")

TARGETS = text("""
    select target_id, issuing_unit, period_start, period_end, measure, target_percent, quote, source
    from reference.targets
    where indicator_code = :indicator and target_percent is not null order by period_end desc, target_id
""")

SOURCES = text("""
    select source_id, source_name, family, covers, data_origin, entity, outcome_date, attempts, failures,
        postponements, last_status, last_error, rows_received, rows_new, bytes, completeness,
        completeness_vi, last_attempt_at, last_success_at
    from marts.mart_source_outcome order by source_id, entity, outcome_date
""")

LAST_RUNS = text("""
    select distinct on (source_id) source_id, run_id from audit.outcome order by source_id, outcome_id desc
""")

MAXIMA = text("""
    select distinct on (indicator_code) indicator_code, max_points from marts.dim_scoring_rule
    order by indicator_code, rule_set desc
""")

HELD = text("""
    select distinct period.period_grain, period.period_start, period.period_code
    from marts.mart_scorecard as card
    inner join marts.dim_period as period using (period_grain, period_start)
    where card.unit_code = :unit and card.boundary = :boundary order by period.period_start
""")

FIND_DOSSIER = text("select dossier_code from marts.fct_dossier where dossier_code = :code limit 1")

LATEST_EVALUATION = text("select max(finished_at) as evaluated from audit.evaluation")

# Asked by many pages alike, small, and the same for as long as nothing is published.
SHARED = frozenset(
    {
        *(PERIODS, BOUNDARIES, BANDS, INDICATORS, GROUPS, MAXIMA, PROVINCES, PREVIOUS),
        *(UNIT_PEERS, PEERS_TREND),
        *(INDICATOR_OF_PROVINCES, INDICATOR_RULE, INDICATOR_UNITS, INDICATOR_TREND, TARGETS, HELD),
    }
)
