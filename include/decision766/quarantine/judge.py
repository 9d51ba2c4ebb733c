"""Runs the present rules on single rows of raw, as they stand in quarantine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DataError, ProgrammingError

from decision766.validation.errors import ValidationError
from decision766.validation.facts import BatchFacts, batch_facts
from decision766.validation.predicates import failing, skipped
from decision766.validation.rules import Rule, Suite


@dataclass(frozen=True)
class Verdict:
    """What the present rules say of one row.

    fails: rules it fails. unknown: rules that cannot be applied to its batch now, for example because
    their catalogue is missing: they neither pass nor fail it.
    """

    fails: frozenset[str]
    unknown: frozenset[str]


def row_rules(suite: Suite) -> dict[str, Rule]:
    """Return the rules that set rows aside, by id."""
    return {rule.id: rule for rule in suite.rules if rule.severity == "quarantine"}


def judge_rows(connection: Connection, suite: Suite, rows: Mapping[str, Sequence[int]]) -> dict[int, Verdict]:
    """Judge rows of one entity, given as batch → raw_ids, by every row rule there is now.

    Each row is judged by the facts of its own batch (its observed_at, its provinces) and by the catalogues
    as they are now.

    Raises:
        ValidationError: a rule cannot be evaluated; the message names it.
    """
    found = {}
    for batch_id, raw_ids in sorted(rows.items()):
        batch = connection.execute(
            text("select * from audit.batch where batch_id = cast(:batch_id as uuid)"), {"batch_id": batch_id}
        ).one()
        facts = batch_facts(connection, suite, dict(batch._mapping))
        rules = list(row_rules(suite).values())
        unknown = frozenset(rule.id for rule in rules if skipped(rule, facts))
        applied = [rule for rule in rules if rule.id not in unknown]
        for raw_id, fails in _failures(connection, applied, facts, raw_ids):
            found[raw_id] = Verdict(frozenset(fails), unknown)
    return found


def _failures(
    connection: Connection, rules: Sequence[Rule], facts: BatchFacts, raw_ids: Sequence[int]
) -> Sequence[Any]:
    """Return (raw_id, ids of the rules it fails) of each row, in one pass over the rows."""
    marks = ", ".join(f"case when {failing(rule, facts)} then '{rule.id}' end" for rule in rules)
    query = text(f"""
        select r.raw_id, array_remove(array[{marks}]::text[], null)
        from raw.{facts.entity} as r
        where r.batch_id = cast(:batch_id as uuid) and r.raw_id = any(cast(:raw_ids as bigint[]))
    """)
    try:
        with connection.begin_nested():
            return connection.execute(query, {"batch_id": facts.batch_id, "raw_ids": list(raw_ids)}).all()
    except (DataError, ProgrammingError) as error:  # their text may quote a value of a row
        raise ValidationError(
            f"batch {facts.batch_id}, {facts.entity}: the database could not evaluate "
            f"{_culprit(connection, rules, facts)} ({type(error.orig).__name__}); look for a wrong column or "
            f"a cast in expectations/{facts.entity}.yaml. Nothing was changed"
        ) from None


def _culprit(connection: Connection, rules: Sequence[Rule], facts: BatchFacts) -> str:
    for rule in rules:
        try:
            with connection.begin_nested():
                connection.execute(
                    text(
                        f"select count(*) from raw.{facts.entity} as r "
                        f"where r.batch_id = cast(:batch_id as uuid) and ({failing(rule, facts)})"
                    ),
                    {"batch_id": facts.batch_id},
                )
        except (DataError, ProgrammingError):
            return f"rule {rule.id}"
    return "the rules together"
