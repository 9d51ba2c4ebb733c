"""What the periodic reports read: marts and audit views, of one unit with all below it.

Bound in every statement: `unit` and `below` (the pattern of the codes below it), `grain`, `start`.
"""

from sqlalchemy import text

UNITS = text("""
    select card.unit_code, card.unit_name, card.total_score,
        card.group_1_score, card.group_2_score, card.group_3_score, card.group_4_score, card.group_5_score,
        card.band_name_vi, card.rank_among_peers, card.peers, on_time.ratio as on_time,
        online.ratio as online,
        card.published_total_score, card.total_difference
    from marts.mart_scorecard as card
    inner join marts.dim_org_unit as unit on card.unit_code = unit.unit_code and unit.is_current
    left join marts.fct_indicator as on_time
        on (on_time.unit_code, on_time.period_grain, on_time.period_start, on_time.rule_set, on_time.boundary)
            = (card.unit_code, card.period_grain, card.period_start, card.rule_set, card.boundary)
        and on_time.indicator_code = '2.1' and on_time.procedure_code = '*'
    left join marts.fct_indicator as online
        on (online.unit_code, online.period_grain, online.period_start, online.rule_set, online.boundary)
            = (card.unit_code, card.period_grain, card.period_start, card.rule_set, card.boundary)
        and online.indicator_code = '3.3' and online.procedure_code = '*'
    where card.unit_code like :below and card.period_grain = :grain and card.period_start = :start
        and card.boundary = 'as_was'
    order by unit.sort_key, card.unit_code
""")

MONTHS = text("""
    select period.period_code, card.total_score, card.is_provisional,
        max(fact.ratio) filter (where fact.indicator_code = '2.1') as on_time,
        max(fact.ratio) filter (where fact.indicator_code = '3.3') as online,
        max(fact.ratio) filter (where fact.indicator_code = '3.6') as paid_online,
        max(fact.ratio) filter (where fact.indicator_code = '4.2') as digitised,
        max(fact.denominator) filter (where fact.indicator_code = '3.3') as received
    from marts.mart_scorecard as card
    inner join marts.dim_period as period
        on card.period_grain = period.period_grain and card.period_start = period.period_start
    left join marts.fct_indicator as fact
        on (fact.unit_code, fact.period_grain, fact.period_start, fact.rule_set, fact.boundary)
            = (card.unit_code, card.period_grain, card.period_start, card.rule_set, card.boundary)
        and fact.procedure_code = '*'
    where card.unit_code = :unit and card.period_grain = 'month' and card.boundary = 'as_was'
        and card.period_start >= :start and card.period_start <= :until
    group by period.period_code, card.total_score, card.is_provisional
    order by period.period_code
""")

DIFFERENCES = text("""
    select compared.unit_code, unit.unit_name, compared.indicator_code,
        compared.computed_numerator, compared.computed_denominator, compared.computed_score,
        compared.published_numerator, compared.published_denominator, compared.published_score,
        compared.score_difference, compared.likely_cause_vi, compared.further_causes
    from marts.mart_reconciliation as compared
    inner join marts.dim_org_unit as unit on compared.unit_code = unit.unit_code and unit.is_current
    where (compared.unit_code = :unit or compared.unit_code like :below)
        and compared.period_grain = :grain and compared.period_start = :start
        and compared.status in ('different', 'within_tolerance')
    order by unit.sort_key, compared.unit_code, compared.indicator_code
""")

AGREEMENT = text("""
    select count(*) filter (where status = 'equal') as equal,
        count(*) filter (where status in ('different', 'within_tolerance')) as different
    from marts.mart_reconciliation
    where (unit_code = :unit or unit_code like :below) and period_grain = :grain and period_start = :start
        and status in ('equal', 'different', 'within_tolerance')
""")

INCOMPLETE = text("""
    select complete.unit_code, complete.unit_name, complete.stated_total, complete.landed_dossiers,
        complete.missing_dossiers, complete.landed_percent, complete.stated_by
    from marts.mart_completeness as complete
    inner join marts.dim_org_unit as unit on complete.unit_code = unit.unit_code and unit.is_current
    where (complete.unit_code = :unit or complete.unit_code like :below)
        and complete.period_grain = :grain and complete.period_start = :start
        and complete.completeness = 'incomplete'
    order by complete.missing_dossiers desc, unit.sort_key, complete.stated_by
""")

QUARANTINE = text("""
    select entity, rule_id, max(reason_vi) as reason_vi, max(reason_en) as reason_en,
        count(distinct raw_id) as rows
    from audit.quarantine
    where state = 'open' and (unit_code = :unit or unit_code like :below
        or unit_code is null and source_id in (
            select source_id from audit.source where :root = any(covers)
        ))
    group by entity, rule_id
    order by rows desc, entity, rule_id
""")

QUARANTINED_ROWS = text("""
    select count(distinct (entity, raw_id))
    from audit.quarantine
    where state = 'open' and (unit_code = :unit or unit_code like :below
        or unit_code is null and source_id in (
            select source_id from audit.source where :root = any(covers)
        ))
""")

UNACKNOWLEDGED = text("""
    select count(*)
    from marts.fct_dossier
    where (unit_code = :unit or unit_code like :below) and not is_excluded and synced_at is null
        and (received_at at time zone 'Asia/Ho_Chi_Minh')::date between :start and :until
""")

# Whether anybody states a total of the period, and whether receipts of the feed are read at all: without, a
# count of what is missing would be a guess.
STATED = text("""
    select count(*)
    from marts.mart_completeness
    where (unit_code = :unit or unit_code like :below) and period_grain = :grain and period_start = :start
        and stated_total is not null and completeness <> 'unknown'
""")

RECEIPTS = text("""
    select count(*)
    from audit.batch
    where status = 'accepted' and entity = 'sync_receipt' and (:root = any(covers) or '*' = any(covers))
""")

RESTATED = text("""
    select count(*)
    from audit.restatement
    where (unit_code = :unit or unit_code like :below) and procedure_code = '*'
        and period_grain = :grain and period_start = :start
""")

STALE = text("""
    select source_name, entity
    from marts.mart_source_outcome as outcome
    where :root = any(covers) and last_status in ('failed', 'blocked')
        and outcome_date = (
            select max(outcome_date) from marts.mart_source_outcome as newer
            where newer.source_id = outcome.source_id and newer.entity = outcome.entity
        )
    order by source_name, entity
""")

CATALOGUE = text("""
    select verdict_vi, verdict_en, count(*) as procedures
    from marts.mart_catalogue_reconciliation
    where unit_code = :root
    group by verdict_vi, verdict_en
    order by procedures desc, verdict_vi
""")

TOTALS = text("""
    select measure_vi, measure_en, count(*) as statements,
        count(*) filter (where status = 'equal') as equal,
        count(*) filter (where status = 'within_tolerance') as within_tolerance,
        count(*) filter (where status = 'different') as different
    from marts.mart_total_reconciliation
    where (unit_code = :unit or unit_code like :below)
        and period_grain = :grain and period_start = :start and status <> 'not_read'
    group by measure_vi, measure_en
    order by measure_vi
""")

# The newest publication that changed anything: its head stays while the data do.
PUBLICATION = text("""
    select entry_no, encode(entry_hash, 'hex') as entry_hash
    from audit.ledger_entry
    where kind = 'publication'
        and ((body::jsonb -> 'scores' ->> 'count')::bigint > 0
            or (body::jsonb -> 'scorecards' ->> 'count')::bigint > 0)
    order by entry_no desc
    limit 1
""")
