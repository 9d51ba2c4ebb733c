"""The SQL of an explanation: one pass over mart_indicator_case, and what stands beside it."""

from functools import lru_cache

from sqlalchemy import TextClause, text

# Raw entities that a case may stand on (mart_indicator_case.entity), each a table of schema raw.
OTHER_ENTITIES = (
    *("decision", "unit_procedure_authority", "service", "petition", "certified_copy"),
    *("national_report_total", "portal_total"),
)
RAW_ENTITIES = ("dossier", *OTHER_ENTITIES)

HEADING = text("""
    select indicator.indicator_code, indicator.name_vi, indicator.name_en, indicator.group_name_vi,
        indicator.group_name_en, indicator.unit as measured_in,
        reading.case_kind, reading.numerator_vi, reading.numerator_en, reading.denominator_vi,
        reading.denominator_en, reading.source_vi, reading.source_en,
        unit.unit_code, unit.unit_name, unit.unit_type, unit.province_code,
        period.period_end
    from marts.dim_indicator as indicator
    inner join reference.indicator_readings as reading using (indicator_code)
    cross join marts.dim_org_unit as unit
    cross join marts.dim_period as period
    where indicator.indicator_code = :indicator and unit.unit_code = :unit and unit.is_current
        and period.period_grain = :grain and period.period_start = :start
""")

# «*» as it stands, so that the figures of single procedures, other parts of the view, are not even planned.
_ALL = "procedure_code = '*' and :procedure = '*'"
_ONE = "procedure_code = :procedure"
_VALUE = """
    select numerator, denominator, ratio, score, max_score, status, status_reason, observed_numerator,
        observed_denominator, observed_ratio, coverage, missing_inputs, stale_inputs, is_provisional,
        evaluated_at, data_origin, rule_set, boundary, scope_code
    from marts.fct_indicator
    where unit_code = :unit and indicator_code = :indicator and period_grain = :grain
        and period_start = :start and {procedure} and boundary = :boundary
    order by rule_set desc
    limit 1
"""
VALUE = text(_VALUE.format(procedure=_ONE))
VALUE_OF_ALL = text(_VALUE.format(procedure=_ALL))

_ARITHMETIC = """
    select scoring_type, max_points, full_marks_at, zero_denominator, constant_points, rounding_stage,
        rounding_mode, decimals, provenance, percentage, points
    from marts.mart_score_arithmetic
    where unit_code = :unit and indicator_code = :indicator and period_grain = :grain
        and period_start = :start and {procedure} and rule_set = :rule_set
        and boundary = :boundary
"""
ARITHMETIC = text(_ARITHMETIC.format(procedure=_ONE))
ARITHMETIC_OF_ALL = text(_ARITHMETIC.format(procedure=_ALL))

PUBLISHED = text("""
    select published_numerator, published_denominator, published_score, numerator_difference,
        denominator_difference, score_difference, status, likely_cause, likely_cause_vi, likely_cause_en,
        published_captured_at
    from marts.mart_reconciliation
    where unit_code = :unit and indicator_code = :indicator and period_grain = :grain
        and period_start = :start and boundary = :boundary
    order by rule_set desc nulls last
    limit 1
""")

# Indicators whose cases one part of mart_indicator_case holds. A question names its family beside its
# indicator: it is planned once for all of them, without the other parts, and kept.
_FAMILIES = (
    *(("1.1", "1.2", "1.3"), ("1.4",), ("2.2",), ("3.1", "3.4", "3.5", "4.5"), ("3.2",), ("4.7",)),
    ("2.1", "3.3", "3.6", "4.1", "4.2", "4.3", "4.4", "4.6", "5.3"),
    ("5.1", "5.2"),
)

# Where a landed object lies: the same bytes may have been fetched often, they are kept once.
_PATH = """
    left join lateral (
        select landed.path from audit.landed_object as landed
        where landed.source_id = record.source_id and landed.entity = record.entity
            and landed.object_sha256 = record.object_sha256
        limit 1
    ) as landed on true
"""


# Batches of the records behind cases of other kinds. Outside totals have no record of their own row.
_BATCHES_OF_OTHERS = "union all".join(
    f"""
    select cases.entity, record.batch_id
    from explained as cases
    inner join raw.{entity} as record on cases.entity = '{entity}' and cases.raw_id = record.raw_id
    """
    for entity in OTHER_ENTITIES
)

# A case is one thing, however many records name it: of several rows of one case_code the largest part counts.
# distinct on keeps the row that counts most, so that reasons add up to the number as well.
_EXPLAINED = """
    select distinct on (cases.case_code) cases.*
    from marts.mart_indicator_case as cases
    where cases.unit_code = :scope and cases.indicator_code = :indicator
        and cases.indicator_code in ({family})
        and cases.period_grain = :grain and cases.period_start = :start
        -- The same again for dossiers, so that those of the units below are found by their index.
        and (cases.case_kind <> 'dossier' or cases.case_unit_code = any(array(
            select below.unit_code from marts.bridge_org_unit_scope as below where below.scope_code = :scope
        )))
        and (:procedure = '*' or cases.procedure_code = :procedure)
    order by cases.case_code, cases.is_in_numerator desc, cases.is_in_denominator desc
"""

_REASONS = """
    select counted.reason_code, reason.effect, reason.name_vi, reason.name_en, reason.provenance,
        counted.cases, counted.numerator, counted.denominator, counted.least_late_seconds,
        counted.most_late_seconds, counted.least_late_working_days, counted.most_late_working_days
    from (
        select reason_code, count(*) as cases, sum(numerator_part) as numerator,
            sum(denominator_part) as denominator, min(late_by_seconds) as least_late_seconds,
            max(late_by_seconds) as most_late_seconds, min(late_by_working_days) as least_late_working_days,
            max(late_by_working_days) as most_late_working_days
        from explained group by reason_code
    ) as counted
    left join reference.explanation_reasons as reason using (reason_code)
    order by array_position(array['counted', 'base', 'not_counted', 'outside'], reason.effect),
        counted.cases desc, counted.reason_code
"""

# A dossier's case names its batch; the few cases of other kinds look up their record.
_BATCHES = f"""
    select counted.entity, counted.batch_id::text as batch_id, batch.source_id, batch.data_origin,
        batch.rows_new, batch.loaded_at, batch.accepted_at, counted.cases,
        proved.validation_run_id::text as validation_run_id, proved.success as is_valid,
        proved.rows_quarantined
    from (
        select entity, batch_id, count(*) as cases from explained
        where entity = 'dossier' group by entity, batch_id
        union all
        select entity, batch_id, count(*) as cases
        from ({_BATCHES_OF_OTHERS}) as records group by entity, batch_id
    ) as counted
    inner join audit.batch as batch using (batch_id)
    left join lateral (
        select run.* from audit.validation_run as run
        where run.batch_id = counted.batch_id order by run.finished_at desc limit 1
    ) as proved on true
    order by counted.entity, counted.cases desc, batch.loaded_at desc
"""

# The cases that do not count first, the latest of them foremost; only those listed look up their record.
_LISTED = """
    select cases.*, reason.effect, reason.name_vi as reason_vi, reason.name_en as reason_en,
        array_position(array['not_counted', 'base', 'counted', 'outside'], reason.effect) as rank_of_effect,
        coalesce(cases.late_by_seconds, cases.late_by_working_days * 86400) as late
    from explained as cases
    left join reference.explanation_reasons as reason using (reason_code)
    order by rank_of_effect, late desc nulls last, cases.case_code
    limit :shown
"""
_RECORD = "union all".join(
    f"""
    select '{entity}' as entity, record.batch_id, record.source_id, record.object_sha256, record.source_line
    from raw.{entity} as record where cases.entity = '{entity}' and record.raw_id = cases.raw_id
    """
    for entity in RAW_ENTITIES
)
_CASES = f"""
    select cases.case_kind, cases.case_code, cases.case_unit_code, cases.procedure_code,
        procedure.procedure_name, cases.is_in_numerator, cases.is_in_denominator, cases.numerator_part,
        cases.denominator_part, cases.reason_code, cases.effect, cases.reason_vi, cases.reason_en,
        cases.late_by_seconds, cases.late_by_working_days, cases.started_at, cases.due_at, cases.ended_at,
        cases.detail, record.batch_id::text as batch_id, record.source_id, record.object_sha256,
        landed.path as object_path, record.source_line
    from listed as cases
    left join lateral ({_RECORD}) as record on true
    left join lateral (
        select named.procedure_name from marts.dim_procedure as named
        where named.procedure_code = cases.procedure_code limit 1
    ) as procedure on true
    {_PATH}
    order by cases.rank_of_effect, cases.late desc nulls last, cases.case_code
"""


def cases_of(indicator: str) -> TextClause:
    """One pass over the cases of an indicator: why they count, the first of them, what they stand on.

    One row of JSON texts (`reasons`, `cases`, `batches`), so that the cases are found once. They are listed
    from those that do not count on, the latest of them foremost.
    """
    family = next((codes for codes in _FAMILIES if indicator in codes), (indicator,))
    return _cases_of_family(family)


@lru_cache(maxsize=len(_FAMILIES))
def _cases_of_family(family: tuple[str, ...]) -> TextClause:
    literals = ", ".join(f"'{code}'" for code in family)
    return text(f"""
        with explained as materialized ({_EXPLAINED.format(family=literals)}),
        listed as materialized ({_LISTED})
        select
            (select json_agg(reason) from ({_REASONS}) as reason)::text as reasons,
            (select json_agg(listed_case) from ({_CASES}) as listed_case)::text as cases,
            (select json_agg(batch) from ({_BATCHES}) as batch)::text as batches
    """)


# Inputs besides the cases' own records: which batches of them are in the marts.
INPUTS = text("""
    select input.entity, input.need, entity.name_vi, entity.name_en,
        count(batch.batch_id) as batches, coalesce(sum(batch.rows_new), 0) as rows_new,
        max(batch.accepted_at) as last_accepted_at,
        coalesce(array_agg(distinct batch.source_id) filter (where batch.source_id is not null), '{}')
            as sources
    from reference.indicator_inputs as input
    left join reference.entities as entity using (entity)
    left join audit.batch as batch
        on batch.entity = input.entity and batch.status = 'accepted'
        and (:province = any(batch.covers) or '*' = any(batch.covers))
    where input.indicator_code = :indicator
    group by input.entity, input.need, entity.name_vi, entity.name_en
    order by input.need, input.entity
""")

# Records of the unit's subtree that stand in quarantine: nothing of them is counted anywhere.
HELD = text("""
    select held.entity, held.rule_id, min(held.reason_vi) as reason_vi, min(held.reason_en) as reason_en,
        count(distinct held.raw_id) as records
    from audit.quarantine as held
    inner join reference.indicator_inputs as input
        on input.entity = held.entity and input.indicator_code = :indicator
    where held.state = 'open' and (held.unit_code = :unit or starts_with(held.unit_code, :unit || '.'))
    group by held.entity, held.rule_id
    order by count(*) desc, held.rule_id
""")

# 2.2 has no figure over all procedures, for their units of time differ: it is shown by procedure.
BY_PROCEDURE = text("""
    select timed.procedure_code, procedure.max_time_unit as time_unit, timed.dossiers, timed.mean_time,
        procedure.max_time as maximum_time
    from (
        select distinct on (procedure_code) procedure_code, denominator as dossiers,
            round(numerator / denominator, 4) as mean_time
        from marts.fct_indicator
        where unit_code = :unit and indicator_code = '2.2' and period_grain = :grain
            and period_start = :start and boundary = :boundary and denominator > 0
            and procedure_code <> '*' and (:procedure = '*' or procedure_code = :procedure)
        order by procedure_code, rule_set desc
    ) as timed
    left join marts.dim_procedure as procedure using (procedure_code)
    order by timed.dossiers desc, timed.procedure_code
""")

DOSSIER = text("""
    select dossier.*, unit.unit_name, status.name_vi as status_vi, status.name_en as status_en,
        procedure.procedure_name
    from marts.fct_dossier as dossier
    left join marts.dim_org_unit as unit on unit.unit_code = dossier.unit_code and unit.is_current
    left join reference.status_codes as status on status.code = dossier.status
    left join marts.dim_procedure as procedure using (procedure_code)
    where dossier.dossier_code = :dossier
    limit 1
""")


def _records(entity: str, moment: str) -> str:
    return f"""
        select '{entity}' as entity, record.raw_id, record.batch_id, record.source_id, record.object_sha256,
            record.source_line, {moment} as known_at
        from raw.{entity} as record where record.dossier_code = :dossier
    """


_DOSSIER_RECORDS = "union all".join(
    _records(entity, moment)
    for entity, moment in (
        ("dossier", "record.version_at"),
        ("dossier_event", "record.occurred_at"),
        ("sync_receipt", "record.synced_at"),
        ("rating", "record.rated_at"),
        ("petition", "record.received_at"),
        ("certified_copy", "record.issued_at"),
    )
)

TRAIL = text(f"""
    with records as ({_DOSSIER_RECORDS})
    select record.entity, entity.name_vi, entity.name_en, record.raw_id, record.known_at,
        record.batch_id::text as batch_id, batch.status as batch_status, record.source_id,
        record.object_sha256, landed.path as object_path, record.source_line,
        proved.validation_run_id::text as validation_run_id,
        proved.success as is_valid, held.rules as held_rules, held.reason_vi as held_vi,
        held.reason_en as held_en
    from records as record
    inner join audit.batch as batch using (batch_id)
    left join reference.entities as entity on entity.entity = record.entity
    left join lateral (
        select run.validation_run_id, run.success from audit.validation_run as run
        where run.batch_id = record.batch_id order by run.finished_at desc limit 1
    ) as proved on true
    left join lateral (
        select array_agg(held.rule_id order by held.rule_id) as rules, min(held.reason_vi) as reason_vi,
            min(held.reason_en) as reason_en
        from audit.quarantine as held
        where held.entity = record.entity and held.raw_id = record.raw_id and held.state = 'open'
    ) as held on true
    {_PATH}
    order by array_position(array['dossier', 'dossier_event'], record.entity), record.entity, record.known_at
""")

TOUCHED = text("""
    select trace.unit_code, unit.unit_name, trace.period_grain, trace.period_start, period.period_code,
        trace.indicator_code, indicator.name_vi, indicator.name_en, trace.through_kind, trace.through_code,
        trace.is_in_denominator, trace.is_in_numerator, trace.reason_code, reason.effect,
        reason.name_vi as reason_vi, reason.name_en as reason_en, trace.late_by_seconds,
        trace.late_by_working_days
    from marts.mart_dossier_trace as trace
    inner join marts.dim_indicator as indicator using (indicator_code)
    inner join marts.dim_period as period using (period_grain, period_start)
    left join marts.dim_org_unit as unit on unit.unit_code = trace.unit_code and unit.is_current
    left join reference.explanation_reasons as reason using (reason_code)
    where trace.dossier_code = :dossier and trace.unit_code not like '%@%'  -- units as they stood
    order by trace.indicator_code, array_position(array['month', 'quarter', 'year'], trace.period_grain),
        trace.period_start, unit.sort_key desc, trace.through_code
""")
