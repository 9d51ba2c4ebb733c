"""Examples for people: which rows a rule found, where no quarantine says so. Pointers, never values.

Rows that were set aside stand in audit.quarantine. Those that a warning or a blocking rule found, or any
rule of a blocked batch, would be named nowhere.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from decision766.validation.facts import BatchFacts
from decision766.validation.predicates import failing
from decision766.validation.rules import Rule, Suite
from decision766.validation.store import SAFE_KEY, SAFE_UNIT

EXAMPLES = 5


def example_pointers(
    connection: Connection, suite: Suite, rules: Sequence[Rule], facts: BatchFacts
) -> dict[str, list[dict[str, Any]]]:
    """First failing rows of each rule: landed object and line, key and unit where they look like such.

    A check of the whole batch has no row to point at and is left out.
    """
    unit = suite.unit or "null::text"
    found = {}
    for rule in rules:
        if rule.on_whole_batch:
            continue
        rows = connection.execute(
            text(f"""
                select r.object_sha256 as object, r.source_line as line,
                    case when r.{suite.key} ~ :safe_key then r.{suite.key} end as key,
                    case when {unit} ~ :safe_unit then {unit} end as unit
                from raw.{facts.entity} as r
                where r.batch_id = '{facts.batch_id}' and ({failing(rule, facts)})
                limit {EXAMPLES}
            """),
            {"safe_key": SAFE_KEY, "safe_unit": SAFE_UNIT},
        ).mappings()
        found[rule.id] = [dict(row) for row in rows]
    return found
