"""What stands in quarantine: lists with counts, and one entry with all that is known of it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, Row, text

from decision766.landing import LandingError, open_landing
from decision766.quarantine.selection import Selection
from decision766.quarantine.succession import successors_by_entity
from decision766.settings import Settings
from decision766.validation.rules import Rule, Suite


class NoSuchEntry(Exception):
    """No entry of that id stands in quarantine."""


@dataclass(frozen=True)
class Entry:
    """One raw row under one rule that it failed. Instants are aware.

    state_by, state_reason: who brought about the present state and why; null: the validation that set the
    row aside. superseded_by: raw_id of a later row for the same record that dbt sees, for open entries.
    """

    quarantine_id: int
    entity: str
    raw_id: int
    batch_id: str
    source_id: str
    record_key: str | None
    unit_code: str | None
    rule_id: str
    rule_version: int
    field: str
    reason_vi: str
    reason_en: str
    object_sha256: str
    source_line: int
    state: str
    state_by: str | None
    state_reason: str | None
    state_at: dt.datetime
    first_seen_at: dt.datetime
    last_seen_at: dt.datetime
    superseded_by: int | None = None


_COLUMNS = ", ".join(
    f"held.{name.name}" + ("::text" if name.name == "batch_id" else "")
    for name in fields(Entry)
    if name.name != "superseded_by"
)


@dataclass(frozen=True)
class RuleCount:
    """How many raw rows one rule holds or held; superseded are among the open ones."""

    entity: str
    rule_id: str
    reason_vi: str
    reason_en: str
    open: int
    superseded: int
    replayed: int
    waived: int


@dataclass(frozen=True)
class Page:
    """Entries of a selection in the order of their ids, and counts of all of them by rule.

    entries_found, rows_found: of the whole selection. waived_in_all: waivers in force, whatever was selected:
    each lets a row count despite a rule. next_after: the id after which the next page begins.
    """

    entries: Sequence[Entry]
    rules: Sequence[RuleCount]
    entries_found: int
    rows_found: int
    waived_in_all: int
    next_after: int | None


def list_entries(
    connection: Connection,
    selection: Selection,
    *,
    superseded: bool | None = None,
    limit: int = 50,
    after: int = 0,
) -> Page:
    """Return a page of the selection. superseded: only entries that are, or that are not."""
    condition, values = selection.condition()
    brief = connection.execute(
        text(f"""
            select held.quarantine_id, held.entity, held.raw_id, held.rule_id, held.state,
                held.reason_vi, held.reason_en
            from audit.quarantine as held where {condition} order by held.quarantine_id
        """),
        values,
    ).all()
    newer = successors_by_entity(
        connection, ((row.entity, row.raw_id) for row in brief if row.state == "open")
    )
    if superseded is not None:
        brief = [row for row in brief if _is_superseded(row, newer) == superseded]
    ids = [row.quarantine_id for row in brief if row.quarantine_id > after][: limit + 1]
    shown = connection.execute(
        text(f"""
            select {_COLUMNS} from audit.quarantine as held
            where held.quarantine_id = any(cast(:ids as bigint[])) order by held.quarantine_id
        """),
        {"ids": ids[:limit]},
    )
    return Page(
        entries=[_entry(row, newer) for row in shown],
        rules=_counts(brief, newer),
        entries_found=len(brief),
        rows_found=len({(row.entity, row.raw_id) for row in brief}),
        waived_in_all=connection.execute(
            text("select count(*) from audit.quarantine where state = 'waived'")
        ).scalar_one(),
        next_after=ids[limit - 1] if len(ids) > limit else None,
    )


def _is_superseded(row: Row[Any], newer: Mapping[tuple[str, int], int]) -> bool:
    return row.state == "open" and (row.entity, row.raw_id) in newer


def _entry(row: Row[Any], newer: Mapping[tuple[str, int], int]) -> Entry:
    by = newer.get((row.entity, row.raw_id)) if row.state == "open" else None
    return Entry(**row._mapping, superseded_by=by)


def _counts(rows: Sequence[Row[Any]], newer: Mapping[tuple[str, int], int]) -> list[RuleCount]:
    by_rule: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in rows:
        by_rule.setdefault((row.entity, row.rule_id), []).append(row)
    counts = []
    for (entity, rule_id), found in by_rule.items():
        states = [row.state for row in found]
        counts.append(
            RuleCount(
                entity,
                rule_id,
                found[-1].reason_vi,
                found[-1].reason_en,
                open=states.count("open"),
                superseded=sum(_is_superseded(row, newer) for row in found),
                replayed=states.count("replayed"),
                waived=states.count("waived"),
            )
        )
    return sorted(counts, key=lambda item: (-item.open, item.rule_id))


@dataclass(frozen=True)
class Event:
    """One state that an entry had. state_before is null for the first; rule_version as it was then."""

    state_before: str | None
    state: str
    rule_version: int
    made_by: str | None
    reason: str | None
    change_id: str | None
    happened_at: dt.datetime


@dataclass(frozen=True)
class Shown:
    """One entry with all that is known of it.

    others: further entries of the same row. rule: as it is now, None if it was withdrawn. history: oldest
    first. landed_path: below the landing root. record: as landed, without personal data; None with
    `record_problem` if it cannot be read. units: the row's unit and those above it. indicators: those that
    read the entity, code → Vietnamese name.
    """

    entry: Entry
    others: Sequence[Entry]
    rule: Rule | None
    history: Sequence[Event]
    landed_path: str | None
    record: Mapping[str, Any] | None
    record_problem: str | None
    validation_run_id: str | None
    units: Sequence[str]
    indicators: Mapping[str, str]


def show_entry(
    connection: Connection, quarantine_id: int, *, suites: Mapping[str, Suite], settings: Settings
) -> Shown:
    """Return one entry with its record, rule, pointer and history.

    Raises:
        NoSuchEntry: nothing of that id stands in quarantine.
    """
    entries = _entries_of_row(connection, quarantine_id)
    own = next((entry for entry in entries if entry.quarantine_id == quarantine_id), None)
    if own is None:
        raise NoSuchEntry(
            f"there is no entry {quarantine_id} in quarantine; "
            "`decision766 quarantine list` shows what is there"
        )
    suite = suites.get(own.entity)
    path, record, problem = _landed(connection, own, settings)
    run = connection.execute(
        text("""
            select validation_run_id::text from audit.validation_run
            where batch_id = cast(:batch_id as uuid) order by finished_at desc limit 1
        """),
        {"batch_id": own.batch_id},
    ).scalar_one_or_none()
    return Shown(
        entry=own,
        others=[entry for entry in entries if entry is not own],
        rule=next((rule for rule in suite.rules if rule.id == own.rule_id), None) if suite else None,
        history=_history(connection, quarantine_id),
        landed_path=path,
        record=record,
        record_problem=problem,
        validation_run_id=run,
        units=_units(connection, own.unit_code),
        indicators=_indicators(connection, own.entity),
    )


def _entries_of_row(connection: Connection, quarantine_id: int) -> list[Entry]:
    rows = connection.execute(
        text(f"""
            select {_COLUMNS} from audit.quarantine as held
            inner join audit.quarantine as asked
                on asked.entity = held.entity and asked.raw_id = held.raw_id
            where asked.quarantine_id = :id order by held.quarantine_id
        """),
        {"id": quarantine_id},
    ).all()
    newer = successors_by_entity(connection, {(row.entity, row.raw_id) for row in rows})
    return [_entry(row, newer) for row in rows]


def _history(connection: Connection, quarantine_id: int) -> list[Event]:
    rows = connection.execute(
        text("""
            select state_before, state, rule_version, made_by, reason, change_id::text, happened_at
            from audit.quarantine_event where quarantine_id = :id order by event_id
        """),
        {"id": quarantine_id},
    )
    return [Event(*row) for row in rows]


def _landed(
    connection: Connection, entry: Entry, settings: Settings
) -> tuple[str | None, Mapping[str, Any] | None, str | None]:
    """Return path, record and, if it cannot be read, why. The whole object is read: its hash is checked."""
    path = connection.execute(
        text("""
            select path from audit.landed_object
            where source_id = :source_id and entity = :entity and object_sha256 = :sha256 limit 1
        """),
        {"source_id": entry.source_id, "entity": entry.entity, "sha256": entry.object_sha256},
    ).scalar_one_or_none()
    store, record = open_landing(settings), None
    try:
        landed = store.find(entry.source_id, entry.entity, entry.object_sha256)
        for number, found in store.read(landed):
            if number == entry.source_line:
                record = found
    except LandingError as error:
        return path, None, str(error)
    if record is None:
        return path, None, f"the landed object has no line {entry.source_line}"
    return path, record, None


def _units(connection: Connection, unit_code: str | None) -> list[str]:
    """Return the unit and those above it, by the register if the marts know it, else by its code."""
    if unit_code is None:
        return []
    if connection.execute(text("select to_regclass('intermediate.int_unit_closure')")).scalar_one():
        found = connection.execute(
            text("""
                select ancestor_code from intermediate.int_unit_closure
                where unit_code = :unit order by distance
            """),
            {"unit": unit_code},
        ).scalars()
        if units := list(found):
            return units
    parts = unit_code.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]


def _indicators(connection: Connection, entity: str) -> dict[str, str]:
    """Return the indicators that read the entity, as the seeds state them; none before the first build."""
    if not connection.execute(text("select to_regclass('reference.indicator_inputs')")).scalar_one():
        return {}
    rows = connection.execute(
        text("""
            select inputs.indicator_code, indicators.name_vi
            from reference.indicator_inputs as inputs
            inner join reference.indicators on indicators.code = inputs.indicator_code
            where inputs.entity = :entity or (:entity = 'dossier_event' and inputs.entity = 'dossier')
            order by inputs.indicator_code
        """),
        {"entity": entity},
    )
    return {row.indicator_code: row.name_vi for row in rows}
