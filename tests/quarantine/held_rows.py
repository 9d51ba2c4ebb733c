"""Rows set aside in a warehouse of a test, and what is asked of them."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Engine, text
from tests.validation.rule_rows import add_batch

from decision766.quarantine import Moves, Selection, replay
from decision766.validation import validate_batch
from decision766.validation.rules import Suite

UNKNOWN = "9.999999"
EARLY_END = {"finished_at": "2026-08-01T00:00:00+07:00"}


def rows(engine: Engine, query: str, **values: Any) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query), values)]


def states(engine: Engine) -> dict[str, str]:
    """Rule → state, of entries that are one to a rule."""
    return dict(rows(engine, "select rule_id, state from audit.quarantine"))


def ids(engine: Engine) -> list[int]:
    return [row[0] for row in rows(engine, "select quarantine_id from audit.quarantine order by 1")]


def history(engine: Engine) -> list[tuple[Any, ...]]:
    return rows(
        engine,
        """
        select rule_id, event.state_before, event.state, event.made_by, event.reason
        from audit.quarantine_event as event inner join audit.quarantine using (quarantine_id)
        order by event_id
        """,
    )


def visible(engine: Engine, entity: str) -> int:
    query = f"""
        select count(*) from raw.{entity} as r inner join audit.batch as b using (batch_id)
        where b.status = 'accepted' and not exists (select 1 from audit.quarantine as q
            where q.entity = '{entity}' and q.raw_id = r.raw_id and q.state = 'open')
    """
    return int(rows(engine, query)[0][0])


def accept(engine: Engine, entity: str, *cases: dict[str, Any], **options: Any) -> str:
    batch_id = add_batch(engine, entity, list(cases), **options)
    validate_batch(engine, batch_id)
    return batch_id


def do(engine: Engine, action: Callable[[Connection], Moves]) -> Moves:
    with engine.begin() as connection:
        return action(connection)


def replayed(engine: Engine, suites: Mapping[str, Suite], **selected: Any) -> Moves:
    return do(engine, lambda connection: replay(connection, suites, Selection(**selected), author="an"))


def without(suites: Mapping[str, Suite], entity: str, rule_id: str, **changes: Any) -> dict[str, Suite]:
    """The suites with one rule withdrawn, or changed."""
    rules = [
        rule.model_copy(update=changes) if rule.id == rule_id else rule
        for rule in suites[entity].rules
        if changes or rule.id != rule_id
    ]
    return {**suites, entity: dataclasses.replace(suites[entity], rules=tuple(rules))}
