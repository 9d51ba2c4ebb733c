"""What a rule needs to know of the batch, or the mart, that it judges."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from decision766.validation.checks import AGAINST_BATCHES, ExistsIn, Fresh, NoEmptyDay, StableMix, Volume
from decision766.validation.rules import Rule, Suite
from decision766.warehouse.connect import TIME_ZONE

# Registers are small (some thousand rows): what refers to one is compared with all of it at once.
REGISTERS = frozenset({"org_unit", "procedure"})


@dataclass(frozen=True)
class BatchFacts:
    """One batch of raw rows, or one mart as an evaluation built it (then batch_id is the evaluation's).

    rows: of the batch in raw. rows_received: records the source sent. working_days: of the batch's window;
    None without a window. reference_covers: entity → provinces that accepted rows of it cover;
    `*`, whoever is in a drop folder, stands for itself alone: such a catalogue may be a part.
    provinces: entity and column → provinces that the register covers: it knows a unit, from a source of that
    province or the batch's own. history: rule → what it measured in the source's accepted batches before,
    latest first.
    """

    batch_id: str
    source_id: str
    entity: str
    covers: tuple[str, ...]
    observed_at: dt.datetime
    run_id: str
    rows: int
    rows_received: int
    relation: str = ""
    working_days: float | None = None
    reference_covers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    provinces: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    history: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    @property
    def scope(self) -> str:
        """From-clause of the rows judged, `r`, with the condition they meet."""
        relation = self.relation or f"raw.{self.entity}"
        condition = f"r.batch_id = '{self.batch_id}'" if relation.startswith("raw.") else "true"
        return f"{relation} as r where {condition}"


def accepted(check: ExistsIn) -> str:
    """From-clause of the reference's rows that dbt would see, `known`; continues with `and …`."""
    return (
        f"raw.{check.entity} as known, audit.batch as origin where origin.batch_id = known.batch_id "
        "and origin.status = 'accepted' and not exists (select 1 from audit.quarantine as held "
        f"where held.entity = '{check.entity}' and held.raw_id = known.raw_id and held.state = 'open')"
    )


def batch_facts(connection: Connection, suite: Suite, row: Mapping[str, object]) -> BatchFacts:
    """Gather what the suite's rules need; `row` is the batch's row of audit.batch.

    observed_at is put into local time, so that its date is the local day.
    """
    rows = connection.execute(
        text(f"select count(*) from raw.{suite.entity} where batch_id = :batch_id"),
        {"batch_id": row["batch_id"]},
    ).scalar_one()
    observed_at = row["observed_at"]
    if not isinstance(observed_at, dt.datetime):  # pragma: no cover - the column is timestamptz
        raise TypeError("observed_at is no instant")
    covered = row["covers"]
    references = [rule.check for rule in suite.rules if isinstance(rule.check, ExistsIn)]
    source_id = str(row["source_id"])
    return BatchFacts(
        batch_id=str(row["batch_id"]),
        source_id=source_id,
        entity=suite.entity,
        covers=tuple(covered) if isinstance(covered, list) else (),
        observed_at=observed_at.astimezone(ZoneInfo(TIME_ZONE)),
        run_id=str(row["run_id"]),
        rows=int(rows),
        rows_received=int(str(row["rows_received"])),
        relation=suite.relation,
        working_days=_working_days(connection, row),
        reference_covers=_reference_covers(connection, references),
        provinces=_provinces(connection, references, source_id),
        history=_history(connection, suite, row),
    )


def _reference_covers(connection: Connection, references: Sequence[ExistsIn]) -> dict[str, frozenset[str]]:
    entities = {check.entity for check in references if check.scope == "covers"}
    return {
        entity: frozenset(
            connection.execute(
                text(f"""
                    select distinct unnest(batch.covers) from audit.batch
                    where batch.entity = :entity and batch.status = 'accepted' and exists (
                        select 1 from raw.{entity} as known where known.batch_id = batch.batch_id
                    )
                """),
                {"entity": entity},
            ).scalars()
        )
        for entity in sorted(entities)
    }


def _provinces(
    connection: Connection, references: Sequence[ExistsIn], source_id: str
) -> dict[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], frozenset[str]] = {}
    for check in references:
        if check.scope == "province" and (check.entity, check.column) not in found:
            known = f"split_part(known.{check.column}, '.', 1)"
            query = (
                f"select distinct {known} from {accepted(check)} "
                f"and ({known} = any(origin.covers) or origin.source_id = :source_id)"
            )
            found[check.entity, check.column] = frozenset(
                connection.execute(text(query), {"source_id": source_id}).scalars()
            )
    return found


# Working days in a window, in parts of a day from 07:00 to 18:00: what comes, comes in office hours.
_WORKING_DAYS = """(
    select coalesce(round(sum(extract(epoch from
        least({row}.window_end, calendar.day + time '18:00')
        - greatest({row}.window_start, calendar.day + time '07:00')
    )) / 39600, 3), 0)
    from raw.calendar_day as calendar
    where calendar.is_working and calendar.day between {row}.window_start::date and {row}.window_end::date
        and calendar.day + time '18:00' > {row}.window_start
        and calendar.day + time '07:00' < {row}.window_end
)"""


def _working_days(connection: Connection, row: Mapping[str, object]) -> float | None:
    if row["window_start"] is None or row["window_end"] is None:
        return None
    query = f"select {_WORKING_DAYS.format(row='own')} from audit.batch as own where own.batch_id = :batch_id"
    return float(connection.execute(text(query), {"batch_id": row["batch_id"]}).scalar_one())


def _history(
    connection: Connection, suite: Suite, row: Mapping[str, object]
) -> dict[str, list[Mapping[str, Any]]]:
    """What the rules that look back measured, and what the source sent, in its accepted batches before."""
    backward = [rule for rule in suite.rules if rule.check.kind in AGAINST_BATCHES]
    if not backward:
        return {}
    most = max(_batches(rule) for rule in backward)
    batches = connection.execute(
        text(f"""
            select before.batch_id, before.rows_received as received,
                case when before.window_start is not null then
                    {_WORKING_DAYS.format(row="before")}
                end as days
            from audit.batch as before
            where before.source_id = :source_id and before.entity = :entity and before.status = 'accepted'
                and before.batch_id <> :batch_id
            order by before.loaded_at desc, before.batch_id
            limit :most
        """),
        {**{key: row[key] for key in ("source_id", "entity", "batch_id")}, "most": most},
    ).all()
    measured: dict[tuple[Any, str], Mapping[str, Any]] = {
        (item.batch_id, item.rule_id): item.measured
        for item in connection.execute(_MEASURED, {"ids": [batch.batch_id for batch in batches]})
    }
    found: dict[str, list[Mapping[str, Any]]] = {}
    for rule in backward:
        if isinstance(rule.check, Volume | NoEmptyDay):
            values = [
                {
                    "received": batch.received,
                    "working_days": None if batch.days is None else float(batch.days),
                }
                for batch in batches
            ]
        else:
            kept = (measured.get((batch.batch_id, rule.id)) for batch in batches)
            values = [dict(value) for value in kept if value]
        found[rule.id] = [*values[: _batches(rule)]]
    return found


_MEASURED = text("""
    select distinct on (run.batch_id, result.rule_id)
        run.batch_id, result.rule_id, result.detail -> 'measured' as measured
    from audit.validation_run as run
    inner join audit.rule_result as result using (validation_run_id)
    where run.batch_id = any(:ids) and result.detail ? 'measured'
    order by run.batch_id, result.rule_id, run.finished_at desc
""")


def _batches(rule: Rule) -> int:
    check = rule.check
    return check.batches if isinstance(check, Volume | Fresh | NoEmptyDay | StableMix) else 0
