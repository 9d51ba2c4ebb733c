"""A rule's check as SQL: the predicate that holds for failing rows of `raw.<entity> as r`.

Rules are files of this project, never input; text from them is still quoted as literals. Batch facts
(instant, provinces, references) are written in as literals, so that Great Expectations and our own
count run the very same text.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Template
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from decision766.validation.rules import (
    Between,
    ExistsIn,
    InSet,
    Matches,
    NotFuture,
    NotNull,
    Ordered,
    Present,
    Readable,
    RowCount,
    Rule,
    Sql,
    Suite,
    Unique,
    Volume,
)
from decision766.warehouse.connect import TIME_ZONE


@dataclass(frozen=True)
class BatchFacts:
    """What a rule needs to know of the batch it judges.

    rows: of the batch in raw. rows_received: records the source sent.
    reference_covers: entity → provinces that accepted rows of it cover; `*`, whoever is in a drop folder,
    stands for itself alone: such a catalogue need not be a province's whole. provinces: entity and column →
    provinces that the register covers: it knows a unit, from a source of that province or the batch's own.
    """

    batch_id: str
    source_id: str
    entity: str
    covers: tuple[str, ...]
    observed_at: dt.datetime
    run_id: str
    rows: int
    rows_received: int
    reference_covers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    provinces: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)


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


def failing(rule: Rule, facts: BatchFacts) -> str:  # noqa: PLR0911, PLR0912 - one return per kind of check
    """Return the predicate of failing rows; of a check of the whole batch, whether the batch fails."""
    check, column = rule.check, f"r.{rule.field}"
    match check:
        case NotNull():
            return f"{column} is null"
        case Present():
            where = f" and {check.where}" if check.where else ""
            return f"{column} is null and not {_unreadable(rule.field, check.sent_as)}{where}"
        case Readable():
            return _unreadable(rule.field, check.sent_as)
        case InSet():
            return f"{column} is not null and {column} not in ({', '.join(map(literal, check.values))})"
        case Matches():
            return f"{column} is not null and {column} !~ {literal(check.pattern)}"
        case Between():
            bounds = [f"{column} < {literal(check.min)}"] if check.min is not None else []
            bounds += [f"{column} > {literal(check.max)}"] if check.max is not None else []
            return f"{column} is not null and ({' or '.join(bounds)})"
        case Ordered():
            return f"{column} < r.{check.not_before}"
        case NotFuture():
            return f"{column} is not null and {column} > {literal(latest(check, facts))}"
        case ExistsIn():
            return _missing_in(check, column, facts)
        case Unique():
            return _repeated(check, facts)
        case RowCount():
            bounds = [f"{facts.rows} < {check.min}"] if check.min is not None else []
            bounds += [f"{facts.rows} > {check.max}"] if check.max is not None else []
            return " or ".join(bounds)
        case Volume():
            return _shrunken(check, facts)
        case Sql():
            return Template(check.fails.strip()).safe_substitute(
                observed_at=literal(facts.observed_at),
                batch_id=literal(facts.batch_id),
                covers=_text_array(facts.covers),
                unreadable=_unreadable(rule.field, check.sent_as),
            )


def latest(check: NotFuture, facts: BatchFacts) -> dt.datetime | dt.date:
    """Return the last instant, or local day, that is not in the batch's future."""
    if check.type == "timestamp":
        return facts.observed_at
    return facts.observed_at.date()


def batch_facts(connection: Connection, suite: Suite, row: Mapping[str, object]) -> BatchFacts:
    """Gather what the suite's rules need; `row` is the batch's row of audit.batch.

    observed_at is put into local time, so that its date is the local day.
    """
    references = [rule.check for rule in suite.rules if isinstance(rule.check, ExistsIn)]
    covers, provinces = {}, {}
    for check in references:
        if check.scope == "covers" and check.entity not in covers:
            covers[check.entity] = frozenset(
                connection.execute(
                    text(f"""
                        select distinct unnest(batch.covers) from audit.batch
                        where batch.entity = :entity and batch.status = 'accepted' and exists (
                            select 1 from raw.{check.entity} as known where known.batch_id = batch.batch_id
                        )
                    """),
                    {"entity": check.entity},
                ).scalars()
            )
        elif check.scope == "province" and (check.entity, check.column) not in provinces:
            known = f"split_part(known.{check.column}, '.', 1)"
            query = (
                f"select distinct {known} from {_accepted(check)} "
                f"and ({known} = any(origin.covers) or origin.source_id = :source_id)"
            )
            provinces[check.entity, check.column] = frozenset(
                connection.execute(text(query), {"source_id": row["source_id"]}).scalars()
            )
    rows = connection.execute(
        text(f"select count(*) from raw.{suite.entity} where batch_id = :batch_id"),
        {"batch_id": row["batch_id"]},
    ).scalar_one()
    observed_at = row["observed_at"]
    if not isinstance(observed_at, dt.datetime):  # pragma: no cover - the column is timestamptz
        raise TypeError("observed_at is no instant")
    covered = row["covers"]
    return BatchFacts(
        batch_id=str(row["batch_id"]),
        source_id=str(row["source_id"]),
        entity=suite.entity,
        covers=tuple(covered) if isinstance(covered, list) else (),
        observed_at=observed_at.astimezone(ZoneInfo(TIME_ZONE)),
        run_id=str(row["run_id"]),
        rows=int(rows),
        rows_received=int(str(row["rows_received"])),
        reference_covers=covers,
        provinces=provinces,
    )


def _unreadable(column: str, sent_as: tuple[str, ...]) -> str:
    """A parse error names a column or a field as sent, of a list with its path: `LichSu[].NgayBatDau`."""
    path = "regexp_split_to_array(fault ->> 'field', '[^A-Za-z0-9_]+')"
    heads = ", ".join(literal(name) for name in (column, *sent_as) if not name.startswith("."))
    tails = ", ".join(literal(name[1:]) for name in sent_as if name.startswith("."))
    match = f"({path})[1] in ({heads})"
    if tails:
        match += f" or {path} && array[{tails}]"
    return (
        "exists (select 1 from jsonb_array_elements(coalesce(r.parse_errors, '[]')) as faults (fault) "
        f"where {match})"
    )


def _accepted(check: ExistsIn) -> str:
    """From-clause of the reference's rows that dbt would see; continues with `and …`."""
    return (
        f"raw.{check.entity} as known, audit.batch as origin where origin.batch_id = known.batch_id "
        "and origin.status = 'accepted' and not exists (select 1 from audit.quarantine as held "
        f"where held.entity = {literal(check.entity)} and held.raw_id = known.raw_id and held.state = 'open')"
    )


def _missing_in(check: ExistsIn, column: str, facts: BatchFacts) -> str:
    predicate = f"{column} is not null"
    for held in filter(None, (check.column, check.or_in)):
        predicate += f" and not exists (select 1 from {_accepted(check)} and known.{held} = {column})"
    if check.entity == facts.entity:
        predicate += (
            f" and not exists (select 1 from raw.{check.entity} as peer "
            f"where peer.batch_id = {literal(facts.batch_id)} and peer.{check.column} = {column})"
        )
    if check.scope == "province":
        known = ", ".join(map(literal, sorted(facts.provinces.get((check.entity, check.column), ()))))
        predicate += f" and split_part({column}, '.', 1) in ({known})" if known else " and false"
    return predicate


def _repeated(check: Unique, facts: BatchFacts) -> str:
    columns = ", ".join(check.columns)
    complete = " and ".join(f"{column} is not null" for column in check.columns)
    own = ", ".join(f"r.{column}" for column in check.columns)
    return (
        f"({own}) in (select {columns} from raw.{facts.entity} "
        f"where batch_id = {literal(facts.batch_id)} and {complete} group by {columns} having count(*) > 1)"
    )


def _shrunken(check: Volume, facts: BatchFacts) -> str:
    return (
        f"(select own.rows_received from audit.batch as own where own.batch_id = {literal(facts.batch_id)}) "
        f"< {check.min_share} * (select max(earlier.rows_received) from audit.batch as earlier "
        f"where earlier.entity = {literal(facts.entity)} and earlier.source_id = {literal(facts.source_id)} "
        "and earlier.status = 'accepted')"
    )


def _text_array(values: tuple[str, ...]) -> str:
    return f"array[{', '.join(map(literal, values))}]::text[]"
