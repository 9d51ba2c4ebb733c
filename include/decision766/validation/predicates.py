"""A rule's check on rows as SQL: the predicate that holds for failing rows of `<relation> as r`.

Rules are files of this project, never input; text from them is still quoted as literals. Batch facts
(instant, provinces, references) are written in as literals. Predicates are cheap where they can be: what
is seldom there (parse errors, supplement requests) is asked for before it is taken apart.
"""

import datetime as dt
import re
from string import Template

from decision766.validation.checks import (
    Between,
    ExistsIn,
    InSet,
    Matches,
    NotFuture,
    NotNull,
    Ordered,
    Present,
    Readable,
    Sql,
    Unique,
)
from decision766.validation.facts import REGISTERS, BatchFacts, accepted
from decision766.validation.rules import Rule

OWN_ROW = re.compile(r"(?<![\w.'\"])r\.(?=[a-z_])")


def literal(value: object) -> str:
    """Return a value as an SQL literal."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dt.datetime):
        return f"timestamptz {literal(value.isoformat())}"
    if isinstance(value, dt.date):
        return f"date {literal(value.isoformat())}"
    return "'" + str(value).replace("'", "''") + "'"


def skipped(rule: Rule, facts: BatchFacts) -> str | None:
    """Say why a rule does not apply to the batch, None if it does."""
    if facts.rows < rule.min_rows:
        return f"fewer than {rule.min_rows} rows"
    if isinstance(rule.check, ExistsIn) and rule.check.entity != facts.entity:
        check = rule.check
        if check.scope == "province":
            if not facts.provinces.get((check.entity, check.column)):
                return f"no accepted rows of {check.entity}"
        else:
            covered = facts.reference_covers.get(check.entity, frozenset())
            if not covered or not covered.issuperset(facts.covers):
                return f"no accepted rows of {check.entity} for every province of the batch"
    return None


def failing(rule: Rule, facts: BatchFacts, row: str = "r") -> str:  # noqa: PLR0911 - one return per kind
    """Return the predicate of failing rows. row: the alias by which the query knows the row."""
    check, column = rule.check, f"{row}.{rule.field}"
    match check:
        case NotNull():
            return f"{column} is null"
        case Present():
            where = f" and {_of(row, check.where)}" if check.where else ""
            return f"{column} is null and not {_unreadable(rule.field, check.sent_as, row)}{where}"
        case Readable():
            return _unreadable(rule.field, check.sent_as, row)
        case InSet():
            return f"{column} is not null and {column} not in ({', '.join(map(literal, check.values))})"
        case Matches():
            return f"{column} is not null and {column} !~ {literal(check.pattern)}"
        case Between():
            bounds = [f"{column} < {literal(check.min)}"] if check.min is not None else []
            bounds += [f"{column} > {literal(check.max)}"] if check.max is not None else []
            return f"{column} is not null and ({' or '.join(bounds)})"
        case Ordered():
            return f"{column} < {row}.{check.not_before}"
        case NotFuture():
            return f"{column} is not null and {column} > {literal(latest(check, facts))}"
        case ExistsIn():
            return _missing_in(check, column, facts)
        case Unique():
            own = ", ".join(f"{row}.{name}" for name in check.columns)
            return f"({own}) in (select {', '.join(check.columns)} from ({repeated(check, facts)}) as twice)"
        case Sql():
            return Template(_of(row, check.fails.strip())).safe_substitute(
                observed_at=literal(facts.observed_at),
                judged=facts.relation or f"raw.{facts.entity}",
                batch_id=literal(facts.batch_id),
                covers=_text_array(facts.covers),
                unreadable=_unreadable(rule.field, check.sent_as, row),
            )
    raise AssertionError(f"{rule.id}: a check of the whole batch has no failing rows")  # pragma: no cover


def counts_apart(rule: Rule) -> bool:
    """Whether failing rows are better counted by a query of their own than row by row in one pass.

    So it is where rows are compared with one another, or with more of another entity than fits in memory.
    """
    check = rule.check
    return isinstance(check, Unique) or (isinstance(check, ExistsIn) and check.entity not in REGISTERS)


def failing_apart(rule: Rule, facts: BatchFacts) -> str:
    """Return a query with one row per failing row, for rules that are counted apart."""
    if isinstance(rule.check, Unique):
        twice = repeated(rule.check, facts)
        return f"select 1 as failed from ({twice}) as twice, generate_series(1, twice.times)"
    return f"select 1 as failed from {facts.scope} and ({failing(rule, facts)})"


def latest(check: NotFuture, facts: BatchFacts) -> dt.datetime | dt.date:
    """Return the last instant, or local day, that is not in the batch's future."""
    if check.type == "timestamp":
        return facts.observed_at
    return facts.observed_at.date()


def repeated(check: Unique, facts: BatchFacts) -> str:
    """Query of the values that several rows have, and `times`, how many have them."""
    columns = ", ".join(f"r.{column}" for column in check.columns)
    complete = " and ".join(f"r.{column} is not null" for column in check.columns)
    return (
        f"select {columns}, count(*)::int as times from {facts.scope} and {complete} "
        f"group by {columns} having count(*) > 1"
    )


def _of(row: str, sql: str) -> str:
    """SQL of a rule, whose row is `r`, for a query that knows the row by another name."""
    return sql if row == "r" else OWN_ROW.sub(f"{row}.", sql)


def _unreadable(column: str, sent_as: tuple[str, ...], row: str) -> str:
    """A parse error names a column or a field as sent, of a list with its path: `LichSu[].NgayBatDau`."""
    path = "regexp_split_to_array(fault ->> 'field', '[^A-Za-z0-9_]+')"
    heads = ", ".join(literal(name) for name in (column, *sent_as) if not name.startswith("."))
    tails = ", ".join(literal(name[1:]) for name in sent_as if name.startswith("."))
    match = f"({path})[1] in ({heads})"
    if tails:
        match += f" or {path} && array[{tails}]"
    return (
        f"({row}.parse_errors is not null and exists (select 1 from jsonb_array_elements({row}.parse_errors) "
        f"as faults (fault) where {match}))"
    )


def _missing_in(check: ExistsIn, column: str, facts: BatchFacts) -> str:
    """A register is read once and hashed; any other entity is looked up, by its index or in a join."""
    if check.entity in REGISTERS:
        known = f"select known.{check.column} from {accepted(check)} and known.{check.column} is not null"
        if check.entity == facts.entity:
            known += (
                f" union all select peer.{check.column} from raw.{check.entity} as peer "
                f"where peer.batch_id = {literal(facts.batch_id)} and peer.{check.column} is not null"
            )
        predicate = f"{column} is not null and {column} not in ({known})"
    else:
        held = [name for name in (check.column, check.or_in) if name]
        predicate = f"{column} is not null" + "".join(
            f" and not exists (select 1 from {accepted(check)} and known.{name} = {column})" for name in held
        )
    if check.scope == "province":
        provinces = ", ".join(map(literal, sorted(facts.provinces.get((check.entity, check.column), ()))))
        predicate += f" and split_part({column}, '.', 1) in ({provinces})" if provinces else " and false"
    return predicate


def _text_array(values: tuple[str, ...]) -> str:
    return f"array[{', '.join(map(literal, values))}]::text[]"
