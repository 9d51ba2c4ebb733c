"""The scorecard as it was published at an instant, from the ledger alone.

Totals, groups, band, rank and what the portal stated come from the scorecard kept in the ledger, the
22 figures from the rows of the score ledger, names and maxima from the catalogue of that publication.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, RowMapping, text

from decision766.ledger.chain import Entry
from decision766.ledger.history import last_entry_no_as_of, publication_as_of
from decision766.reporting.lookup import match_period, match_unit
from decision766.reporting.publication import note_of
from decision766.reporting.scorecard import (
    GroupLine,
    IndicatorLine,
    MissingInput,
    Scorecard,
    make_scorecard,
)


def load_scorecard_as_of(engine: Engine, unit: str, period: str, instant: dt.datetime) -> Scorecard:
    """Read what was published of a unit (code or name of then) and period at an instant (aware).

    Raises:
        NotInLedger: nothing was published by then.
        UnknownUnit, UnknownPeriod: with near matches among what was published by then.
    """
    with engine.connect() as connection:
        entry = publication_as_of(connection, instant)
        unit_code = match_unit(connection.execute(_UNITS, {"entry_no": entry.entry_no}).all(), unit)
        periods = connection.execute(_PERIODS, {"unit": unit_code, "entry_no": entry.entry_no}).all()
        key = match_period(periods, period)
        values = {
            "unit": unit_code,
            "grain": key.grain,
            "start": key.start,
            "entry_no": entry.entry_no,
        }
        document = json.loads(
            connection.execute(_SCORECARD, values).scalar_one(), parse_float=Decimal, parse_int=Decimal
        )
        catalogue = json.loads(
            connection.execute(_CATALOGUE, values).scalar_one(), parse_float=Decimal, parse_int=Decimal
        )
        rule_set = document["card"]["rule_set"]
        rows = connection.execute(_FIGURES, {**values, "rule_set": rule_set}).mappings().all()
        until = last_entry_no_as_of(connection, instant)
        note = note_of(connection, unit_code, key, entry, until=until)
    return make_scorecard(
        _card(document["card"], entry) | {"missing_inputs": _missing(rows, catalogue)},
        key,
        _groups(document, catalogue),
        _indicators(document, catalogue, {row["indicator_code"]: row for row in rows}),
        note,
    )


def _card(card: dict[str, Any], entry: Entry) -> dict[str, Any]:
    """The row of mart_scorecard with the types it had there."""
    typed = {
        **card,
        "evaluated_at": dt.datetime.fromisoformat(entry.stated["evaluated_at"]),
        "peers": int(card["peers"]),
        "rank_among_peers": None if card["rank_among_peers"] is None else int(card["rank_among_peers"]),
    }
    if card["rule_set"] is None:
        typed["evaluated_at"] = None
    if card["published_captured_at"] is not None:
        typed["published_captured_at"] = dt.datetime.fromisoformat(card["published_captured_at"])
    return typed


def _missing(rows: Sequence[RowMapping], catalogue: Mapping[str, Any]) -> list[MissingInput]:
    """What no source supplied then, with the indicators that wanted it."""
    names = {item["entity"]: item for item in catalogue["entities"]}
    wanting: dict[str, list[str]] = {}
    for row in rows:
        for entity in row["missing_inputs"] or ():
            wanting.setdefault(entity, []).append(row["indicator_code"])
    return [
        MissingInput(
            entity,
            names.get(entity, {}).get("name_vi", entity),
            names.get(entity, {}).get("name_en", entity),
            sorted(indicators),
        )
        for entity, indicators in sorted(wanting.items())
    ]


def _groups(document: Mapping[str, Any], catalogue: Mapping[str, Any]) -> list[GroupLine]:
    return [
        GroupLine(
            display_group=group["display_group"],
            group_no=int(group["group_no"]),
            name_vi=group["name_vi"],
            name_en=group["name_en"],
            max_points=group["max_points"],
            **{name: stated.get(name) for name in ("score", "published_score", "likely_cause")},
        )
        for group in catalogue["display_groups"]
        for stated in [document["groups"].get(group["display_group"], {})]
    ]


def _indicators(
    document: Mapping[str, Any], catalogue: Mapping[str, Any], rows: Mapping[str, RowMapping]
) -> list[IndicatorLine]:
    newest = max(rule["rule_set"] for rule in catalogue["rules"])
    maxima = {
        rule["indicator_code"]: rule["max_points"]
        for rule in catalogue["rules"]
        if rule["rule_set"] == (document["card"]["rule_set"] or newest)
    }
    lines = []
    for indicator in catalogue["indicators"]:
        code = indicator["indicator_code"]
        stated: dict[str, Any] = dict.fromkeys(field.name for field in fields(IndicatorLine))
        stated |= {name: indicator[name] for name in ("display_group", "name_vi", "name_en")}
        stated |= {"code": code, "group_no": int(indicator["group_no"]), "max_score": maxima.get(code)}
        stated |= {name: value for name, value in rows.get(code, {}).items() if name in _COMPUTED}
        stated |= document["published"].get(code, {})
        lines.append(IndicatorLine(**stated))
    return lines


_COMPUTED = {"numerator", "denominator", "ratio", "score", "status", "status_reason", "coverage"}

_UNITS = text("""
    select unit_code, document::jsonb -> 'card' ->> 'unit_name' as unit_name,
        cardinality(string_to_array(unit_code, '.')) as unit_level
    from (
        select distinct on (unit_code) unit_code, document, change from audit.scorecard_ledger
        where relation = 'scorecard' and entry_no <= :entry_no and change = 'stated'
        order by unit_code, entry_no desc
    ) as latest
    order by unit_code
""")

_PERIODS = text("""
    select period_grain, period_start, document::jsonb ->> 'period_code' as period_code from (
        select distinct on (period_grain, period_start) period_grain, period_start, document, change
        from audit.scorecard_ledger
        where relation = 'scorecard' and unit_code = :unit and entry_no <= :entry_no
        order by period_grain, period_start, entry_no desc, change
    ) as latest
    where change = 'stated'
    order by period_start, period_code
""")


def _document(relation: str, condition: str) -> Any:
    return text(f"""
        select document from (
            select distinct on (rule_set, boundary) document, change, rule_set from audit.scorecard_ledger
            where relation = '{relation}' and entry_no <= :entry_no and {condition}
            order by rule_set, boundary, entry_no desc
        ) as latest
        where change = 'stated' order by rule_set desc limit 1
    """)


_SCORECARD = _document("scorecard", "unit_code = :unit and period_grain = :grain and period_start = :start")
_CATALOGUE = _document("catalogue", "unit_code = '*'")

_FIGURES = text("""
    select * from (
        select distinct on (indicator_code) * from audit.score_ledger
        where unit_code = :unit and period_grain = :grain and period_start = :start
            and procedure_code = '*' and rule_set = :rule_set and entry_no <= :entry_no
        order by indicator_code, entry_no desc
    ) as latest
    where change = 'stated'
""")
