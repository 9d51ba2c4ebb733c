"""The scorecard of one unit and period, read from the marts: computed beside published."""

import csv
import dataclasses
import datetime as dt
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, text

from decision766.reporting.lookup import PeriodKey, find_period, find_unit
from decision766.reporting.publication import PublicationNote, publication_note


@dataclass(frozen=True)
class IndicatorLine:
    """One of the 22 sub-indicators; points, percentages; null is not 0."""

    code: str
    group_no: int
    display_group: str
    name_vi: str
    name_en: str
    numerator: Decimal | None
    denominator: Decimal | None
    ratio: Decimal | None
    score: Decimal | None
    max_score: Decimal | None
    status: str | None
    status_reason: str | None
    coverage: str | None
    published_numerator: Decimal | None
    published_denominator: Decimal | None
    published_score: Decimal | None
    reconciliation: str | None
    likely_cause: str | None


@dataclass(frozen=True)
class GroupLine:
    """One of the portal's six display groups, which add up to the five groups of the decision."""

    display_group: str
    group_no: int
    name_vi: str
    name_en: str
    max_points: Decimal
    score: Decimal | None
    published_score: Decimal | None
    likely_cause: str | None


@dataclass(frozen=True)
class MissingInput:
    """A kind of record that no source supplies, with the indicators that want it."""

    entity: str
    name_vi: str
    name_en: str
    indicators: list[str]


@dataclass(frozen=True)
class Scorecard:
    """Everything a scorecard shows. Instants are aware; `evaluated_at` is null for published-only units.

    publication: the ledger's entry that holds these figures, and what was signed or contested; None where
    nothing is published, as in the database of `decision766 score`. boundary: as_was, the unit as it stood;
    as_is, with its predecessors' records.
    """

    unit_code: str
    unit_name: str
    unit_type: str
    period_code: str
    period_grain: str
    period_start: dt.date
    rule_set: str | None
    total_score: Decimal | None
    published_total_score: Decimal | None
    band_name_vi: str | None
    band_name_en: str | None
    is_band_confirmed: bool | None
    rank_among_peers: int | None
    peers: int
    coverage: str
    missing_groups: list[str]
    missing_inputs: list[MissingInput]
    stale_sources: list[str]
    is_provisional: bool
    evaluated_at: dt.datetime | None
    published_captured_at: dt.datetime | None
    data_origin: str
    groups: list[GroupLine]
    indicators: list[IndicatorLine]
    publication: PublicationNote | None = None
    boundary: str = "as_was"


def load_scorecard(engine: Engine, unit: str, period: str, *, boundary: str = "as_was") -> Scorecard:
    """Read the scorecard of a unit (code or name) and period (2026-08, 2026-Q3, 2026).

    boundary: as_was, the unit as it stood in the period; as_is, with its predecessors' records.

    Raises:
        UnknownUnit, UnknownPeriod: with near matches.
    """
    with engine.connect() as connection:
        unit_code = find_unit(connection, unit)
        key = find_period(connection, unit_code, period, boundary)
        values = {"unit": unit_code, "grain": key.grain, "start": key.start, "boundary": boundary}
        card = connection.execute(_CARD, values).mappings().one()
        groups = [GroupLine(**row) for row in connection.execute(_GROUPS, values).mappings()]
        indicators = [IndicatorLine(**row) for row in connection.execute(_INDICATORS, values).mappings()]
        missing = [MissingInput(**row) for row in connection.execute(_MISSING, values).mappings()]
        # The ledger holds what is published: units as they stood.
        note = publication_note(connection, unit_code, key) if boundary == "as_was" else None
    return make_scorecard(dict(card) | {"missing_inputs": missing}, key, groups, indicators, note)


def list_scored_units(connection: Connection, grain: str, start: dt.date) -> list[str]:
    """Codes of the units that have a scorecard in the period, in the order of their codes."""
    rows = connection.execute(
        text("""
            select card.unit_code from marts.mart_scorecard as card
            left join marts.dim_org_unit as unit on unit.unit_code = card.unit_code and unit.is_current
            where card.period_grain = :grain and card.period_start = :start and card.boundary = 'as_was'
            order by unit.sort_key
        """),
        {"grain": grain, "start": start},
    )
    return [str(row.unit_code) for row in rows]


def make_scorecard(
    card: Mapping[str, Any],
    key: PeriodKey,
    groups: list[GroupLine],
    indicators: list[IndicatorLine],
    note: PublicationNote | None,
) -> Scorecard:
    """Put a scorecard together from a row of mart_scorecard and its lines."""
    fields = {field.name for field in dataclasses.fields(Scorecard)}
    stated = {name: value for name, value in card.items() if name in fields}
    stated |= {"period_code": key.code, "period_grain": key.grain, "period_start": key.start}
    return Scorecard(**stated, groups=groups, indicators=indicators, publication=note)


def to_json(scorecard: Scorecard) -> str:
    """Return the scorecard as JSON; decimals are numbers, instants ISO 8601 with offset."""
    return json.dumps(dataclasses.asdict(scorecard), default=_plain, ensure_ascii=False, indent=2)


def to_csv(scorecard: Scorecard) -> str:
    """Return one CSV line per indicator, with the unit and period repeated on each."""
    out = io.StringIO()
    names = [field.name for field in dataclasses.fields(IndicatorLine)]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["unit_code", "period", "boundary", "data_origin", *names])
    for line in scorecard.indicators:
        row = [getattr(line, name) for name in names]
        repeated = (scorecard.unit_code, scorecard.period_code, scorecard.boundary, scorecard.data_origin)
        writer.writerow([*repeated, *row])
    return out.getvalue()


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"cannot write {type(value).__name__} as JSON")


_CARD = text("""
    select * from marts.mart_scorecard
    where unit_code = :unit and period_grain = :grain and period_start = :start and boundary = :boundary
    order by rule_set desc nulls last
    limit 1
""")

_GROUPS = text("""
    with published as (
        select distinct on (display_group) display_group, score
        from marts.fct_published_group
        where unit_code = :unit and period_grain = :grain and period_start = :start and procedure_code = '*'
            and source_id <> 'published_group_scores' and :boundary = 'as_was'
        order by display_group, captured_at desc
    )
    select display.display_group, display.group_no, display.name_vi, display.name_en, display.max_points,
        computed.score, published.score as published_score, difference.likely_cause
    from reference.display_groups as display
    left join marts.mart_group_score as computed
        on computed.display_group = display.display_group
        and computed.unit_code = :unit and computed.period_grain = :grain and computed.period_start = :start
        and computed.boundary = :boundary
    left join published on published.display_group = display.display_group
    left join marts.mart_group_reconciliation as difference
        on difference.display_group = display.display_group and difference.unit_code = :unit
        and difference.period_grain = :grain and difference.period_start = :start
        and difference.boundary = :boundary
    order by display.group_no, display.display_group
""")

_MISSING = text("""
    select missing.entity, coalesce(entity.name_vi, missing.entity) as name_vi,
        coalesce(entity.name_en, missing.entity) as name_en,
        array_agg(distinct computed.indicator_code order by computed.indicator_code) as indicators
    from marts.fct_indicator as computed
    cross join lateral unnest(computed.missing_inputs) as missing (entity)
    left join reference.entities as entity on entity.entity = missing.entity
    where computed.unit_code = :unit and computed.period_grain = :grain and computed.period_start = :start
        and computed.procedure_code = '*' and computed.boundary = :boundary
    group by missing.entity, entity.name_vi, entity.name_en
    order by missing.entity
""")

_INDICATORS = text("""
    select indicator.indicator_code as code, indicator.group_no, indicator.display_group,
        indicator.name_vi, indicator.name_en,
        computed.numerator, computed.denominator, computed.ratio, computed.score,
        rule.max_points as max_score, computed.status, computed.status_reason, computed.coverage,
        compared.published_numerator, compared.published_denominator, compared.published_score,
        compared.status as reconciliation, compared.likely_cause
    from marts.dim_indicator as indicator
    left join marts.fct_indicator as computed
        on computed.indicator_code = indicator.indicator_code and computed.procedure_code = '*'
        and computed.unit_code = :unit and computed.period_grain = :grain and computed.period_start = :start
        and computed.boundary = :boundary
    left join marts.mart_reconciliation as compared
        on compared.indicator_code = indicator.indicator_code
        and compared.unit_code = :unit and compared.period_grain = :grain and compared.period_start = :start
        and compared.boundary = :boundary
    left join marts.dim_scoring_rule as rule
        on rule.indicator_code = indicator.indicator_code
        and rule.rule_set = coalesce(computed.rule_set, (select max(rule_set) from marts.dim_scoring_rule))
    order by indicator.indicator_code
""")
