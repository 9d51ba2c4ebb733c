"""Counts the failing rows of all rules in one pass over the batch, and sets the failing rows of some aside.

One query holds one filtered count per rule. If the database refuses it, each rule is asked for on its own, so
that a rule whose query fails is known by name, and is not taken for one that passed.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DataError, NotSupportedError, ProgrammingError

from decision766.validation.checks import NoEmptyDay, Volume
from decision766.validation.facts import BatchFacts
from decision766.validation.measures import Verdict, empty_days, measure, sent, verdict
from decision766.validation.predicates import counts_apart, failing, failing_apart
from decision766.validation.rules import Rule

REFUSED = (DataError, ProgrammingError, NotSupportedError)


@dataclass(frozen=True)
class Counts:
    """What the rules' own SQL found.

    rows: rule → failing rows, 0 or 1 for a check of the whole batch. verdicts: of checks of the whole batch.
    broken: rule → why the database could not evaluate it, without a value of a row.
    """

    rows: Mapping[str, int]
    verdicts: Mapping[str, Verdict]
    broken: Mapping[str, str]


def count_all(connection: Connection, rules: Sequence[Rule], facts: BatchFacts) -> Counts:
    """Count every rule in one pass over the rows."""
    asked = {rule.id: counting(rule, facts) for rule in rules}
    broken: dict[str, str] = {}
    try:
        with connection.begin_nested():
            values = _values(connection, asked, facts)
    except REFUSED:
        values = {}
        for rule_id, expression in asked.items():
            try:
                with connection.begin_nested():
                    values |= _values(connection, {rule_id: expression}, facts)
            except REFUSED as error:  # its text may quote a value of a row
                broken[rule_id] = type(error.orig).__name__
    rows: dict[str, int] = {}
    verdicts: dict[str, Verdict] = {}
    for rule in rules:
        if rule.id in broken:
            continue
        if not rule.on_whole_batch:
            rows[rule.id] = int(values[rule.id])
            continue
        verdicts[rule.id] = _judged(rule, values[rule.id], facts)
        rows[rule.id] = int(verdicts[rule.id].fails)
    return Counts(rows, verdicts, broken)


def counting(rule: Rule, facts: BatchFacts, row: str = "r") -> str:
    """Return what a query over the batch's rows selects for a rule: a count, or a measure as jsonb."""
    if isinstance(rule.check, Volume):
        return "null"
    if isinstance(rule.check, NoEmptyDay):
        return f"(select count(*) from ({empty_days(rule, rule.check, facts)}) as days)"
    if rule.on_whole_batch:
        return measure(rule, row) or "null"
    if counts_apart(rule):
        return f"(select count(*) from ({failing_apart(rule, facts)}) as apart)"
    return f"count(*) filter (where {failing(rule, facts, row)})"


def find_failing(connection: Connection, rules: Sequence[Rule], facts: BatchFacts) -> list[str]:
    """Look once for rows that fail any of the rules; return a from-clause (alias r) for those of each."""
    bundled = [rule for rule in rules if not counts_apart(rule)]
    number = {rule.id: position for position, rule in enumerate(bundled)}
    if bundled:
        predicates = [f"({failing(rule, facts)})" for rule in bundled]
        cases = [f"case when {predicate} then {n} end" for n, predicate in enumerate(predicates)]
        connection.execute(text("drop table if exists pg_temp.failing_row"))
        connection.execute(
            _plain(f"""
                create temporary table failing_row on commit drop as
                select r.raw_id, array[{", ".join(cases)}] as rules
                from {facts.scope} and ({" or ".join(predicates)})
            """)
        )
    return [
        f"{facts.relation} as r where r.raw_id in "
        f"(select raw_id from pg_temp.failing_row where {number[rule.id]} = any(rules))"
        if rule.id in number
        else f"{facts.scope} and ({failing(rule, facts)})"
        for rule in rules
    ]


def _judged(rule: Rule, value: Any, facts: BatchFacts) -> Verdict:
    if isinstance(rule.check, NoEmptyDay):
        usual = {"min_per_day": rule.check.min_per_day}
        return Verdict(int(value) > 0, measured={"empty_days": int(value)}, usual=usual)
    measured = sent(facts) if isinstance(rule.check, Volume) else _object(value)
    return verdict(rule.check, measured, facts.history.get(rule.id, ()), facts.observed_at)


def _values(connection: Connection, asked: Mapping[str, str], facts: BatchFacts) -> dict[str, Any]:
    if not asked:
        return {}
    # The first count makes it one row, also where every rule is counted by a query of its own.
    query = f"select count(*), {', '.join(asked.values())} from {facts.scope}"
    row = connection.execute(_plain(query)).one()
    return dict(zip(asked, row[1:], strict=True))


def _plain(query: str) -> Any:
    """SQL in which a colon is a colon: rules hold none before a word, literals of instants do."""
    return text(query.replace(":", "\\:"))


def _object(value: Any) -> dict[str, Any]:
    return dict(json.loads(value) if isinstance(value, str) else value or {})
