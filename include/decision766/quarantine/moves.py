"""What lets a row out of quarantine: a replay of the present rules, or a waiver by a person.

Everything here happens in the caller's transaction, so that it can be tried and rolled back. Changes of
quarantine come one after another (an advisory lock of the transaction).
"""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Connection, Row, text

from decision766.quarantine.judge import Verdict, judge_rows, row_rules
from decision766.quarantine.selection import Selection
from decision766.quarantine.succession import successors, successors_by_entity
from decision766.validation.checks import ExistsIn
from decision766.validation.rules import Suite
from decision766.validation.store import write_entries

Action = Literal["replay", "waive", "unwaive"]
RawRow = tuple[str, int]  # entity, raw_id


class QuarantineError(Exception):
    """A change of quarantine that cannot be made; nothing was changed. The message says what to do."""


@dataclass
class Moves:
    """What a replay or a waiver did, in raw rows (entity, raw_id) and in entries (quarantine_id).

    looked_at: rows judged or named. let_in: rows that dbt sees from now on. held_again: rows that it no
    longer sees. superseded: rows left where they are, since a later one took their place: row → its raw_id.
    moved: entries whose state changed → the new state. failing: rows that stay because a rule still fails.
    unknown: rows that stay because a rule of theirs cannot be applied now.
    """

    change_id: str
    action: Action
    looked_at: set[RawRow] = field(default_factory=set)
    let_in: set[RawRow] = field(default_factory=set)
    held_again: set[RawRow] = field(default_factory=set)
    superseded: dict[RawRow, int] = field(default_factory=dict)
    moved: dict[int, str] = field(default_factory=dict)
    failing: set[RawRow] = field(default_factory=set)
    unknown: set[RawRow] = field(default_factory=set)

    @property
    def is_nothing(self) -> bool:
        """Whether every entry keeps its state."""
        return not self.moved

    def agrees_with(self, other: "Moves") -> bool:
        """Whether another try came to the same."""
        return (self.moved, self.let_in, self.held_again) == (other.moved, other.let_in, other.held_again)


def replay(
    connection: Connection, suites: Mapping[str, Suite], selection: Selection, *, author: str
) -> Moves:
    """Run the present rules on the open rows selected and let in what passes all of them.

    suites: entity → rules, those that others refer to first (`load_suites`). Entities are judged in that
    order, and rows held for a reference to what has just been let in are judged too, selected or not. A row
    that still fails stays, is seen again, and gets an entry for any further rule it fails. A row whose
    correction has arrived stays: letting it in could take the correction's place.

    Raises:
        ValidationError: a rule cannot be evaluated.
    """
    _lock(connection)
    moves = Moves(str(uuid.uuid4()), "replay")
    for suite in suites.values():
        rows = _open_rows(connection, suite.entity, *selection.condition())
        for batch_id, raw_ids in _referring(
            connection, suite, {entity for entity, _ in moves.let_in}
        ).items():
            rows[batch_id] = sorted({*rows.get(batch_id, ()), *raw_ids})
        while rows:
            known = len(moves.let_in)
            _replay_rows(connection, suite, rows, moves, author)
            own = {suite.entity} if len(moves.let_in) > known else set()
            rows = _referring(connection, suite, own)  # a unit let in may be the parent of another
    _record(connection, moves, author, None, selection.told())
    return moves


def waive(
    connection: Connection, ids: Sequence[int], *, author: str, reason: str, whole_row: bool = False
) -> Moves:
    """Let rows in despite the rules of the entries named; those already waived or replayed stay as they are.

    A row with another open entry stays out; whole_row waives all open entries of the rows named.

    Raises:
        QuarantineError: an unknown id, no author or reason, or a row whose correction has arrived.
    """
    rows = _named(connection, ids, author, reason)
    moves = Moves(str(uuid.uuid4()), "waive", looked_at={_raw_row(row) for row in rows})
    newer = successors_by_entity(connection, (_raw_row(row) for row in rows if row.state == "open"))
    if newer:
        told = ", ".join(
            f"{row.quarantine_id} (by raw_id {newer[_raw_row(row)]})"
            for row in rows
            if _raw_row(row) in newer
        )
        raise QuarantineError(
            f"superseded: {told}. A later record took the place of these rows; letting them in could put the "
            "old value back. Leave these ids out"
        )
    entries = rows if not whole_row else _entries_of(connection, moves.looked_at)
    chosen = [row.quarantine_id for row in entries if row.state == "open"]
    before = _held(connection, moves.looked_at)
    _move(connection, moves, dict.fromkeys(chosen, (reason, None)), "waived", author)
    moves.failing = _held(connection, moves.looked_at)
    moves.let_in = before - moves.failing
    _record(connection, moves, author, reason, {"ids": list(ids), "whole_row": whole_row})
    return moves


def unwaive(connection: Connection, ids: Sequence[int], *, author: str, reason: str) -> Moves:
    """Withdraw waivers: the entries named are open again, and their rows out of the marts.

    Raises:
        QuarantineError: an unknown id, or no author or reason.
    """
    rows = _named(connection, ids, author, reason)
    moves = Moves(str(uuid.uuid4()), "unwaive", looked_at={_raw_row(row) for row in rows})
    before = _held(connection, moves.looked_at)
    chosen = {row.quarantine_id: (reason, None) for row in rows if row.state == "waived"}
    _move(connection, moves, chosen, "open", author)
    moves.held_again = _held(connection, moves.looked_at) - before
    _record(connection, moves, author, reason, {"ids": list(ids)})
    return moves


def _lock(connection: Connection) -> None:
    connection.execute(text("select pg_advisory_xact_lock(hashtextextended('decision766.quarantine', 766))"))


# --- replay --------------------------------------------------------------------------------------------


def _open_rows(
    connection: Connection, entity: str, condition: str, values: Mapping[str, Any]
) -> dict[str, list[int]]:
    """Return batch → raw_ids of the entity's open rows that meet a condition on one of their open entries."""
    found = connection.execute(
        text(f"""
            select held.batch_id::text as batch_id, array_agg(distinct held.raw_id) as raw_ids
            from audit.quarantine as held
            where held.entity = :of_entity and held.state = 'open' and {condition}
            group by held.batch_id
        """),
        {**values, "of_entity": entity},
    )
    return {row.batch_id: list(row.raw_ids) for row in found}


def _referring(connection: Connection, suite: Suite, entities: AbstractSet[str]) -> dict[str, list[int]]:
    """Return the open rows of the suite's entity held for a missing reference to one of `entities`."""
    rules = [
        rule.id
        for rule in row_rules(suite).values()
        if isinstance(rule.check, ExistsIn) and rule.check.entity in entities
    ]
    return (
        _open_rows(connection, suite.entity, "held.rule_id = any(:rules)", {"rules": rules}) if rules else {}
    )


def _replay_rows(
    connection: Connection, suite: Suite, rows: Mapping[str, Sequence[int]], moves: Moves, author: str
) -> None:
    ids = {raw_id for raw_ids in rows.values() for raw_id in raw_ids}
    entity = suite.entity
    newer = successors(connection, entity, ids)
    moves.looked_at |= {(entity, raw_id) for raw_id in ids}
    moves.superseded |= {(entity, old): new for old, new in newer.items()}
    verdicts = judge_rows(connection, suite, rows)
    entries = _entries_of(connection, {(entity, raw_id) for raw_id in ids})
    released: dict[int, tuple[str, int | None]] = {}
    again: dict[int, tuple[str, int | None]] = {}
    rules = row_rules(suite)
    for entry in entries:
        verdict, rule = verdicts[entry.raw_id], rules.get(entry.rule_id)
        if entry.rule_id in verdict.fails:
            if entry.state == "replayed":
                again[entry.quarantine_id] = ("fails_again", rules[entry.rule_id].version)
        elif entry.state == "open" and entry.rule_id not in verdict.unknown and entry.raw_id not in newer:
            changed = rule is not None and rule.version != entry.rule_version
            why = "rule_withdrawn" if rule is None else "rule_changed" if changed else "passes_now"
            released[entry.quarantine_id] = (why, rule.version if rule else None)
    _move(connection, moves, released, "replayed", author)
    _move(connection, moves, again, "open", author)
    _see_failures(connection, suite, verdicts)
    still = _held(connection, {(entity, raw_id) for raw_id in ids})
    moves.let_in |= {(entity, raw_id) for raw_id in ids} - still
    failing = {row for row in still if verdicts[row[1]].fails}
    judged = {(entity, raw_id) for raw_id in ids}
    moves.failing = moves.failing - judged | failing
    moves.unknown = moves.unknown - judged | {row for row in still - failing if row[1] not in newer}


def _see_failures(connection: Connection, suite: Suite, verdicts: Mapping[int, Verdict]) -> None:
    """Write an entry for each rule that a row fails, or see the one that is there again."""
    by_rule: dict[str, list[int]] = {}
    for raw_id, verdict in verdicts.items():
        for rule_id in verdict.fails:
            by_rule.setdefault(rule_id, []).append(raw_id)
    rules = row_rules(suite)
    for rule_id, raw_ids in sorted(by_rule.items()):
        write_entries(
            connection,
            suite,
            rules[rule_id],
            f"raw.{suite.entity} as r where r.raw_id = any(cast(:raw_ids as bigint[]))",
            {"raw_ids": raw_ids},
        )


# --- entries and rows ----------------------------------------------------------------------------------


def _raw_row(row: Row[Any]) -> RawRow:
    return row.entity, row.raw_id


def _named(connection: Connection, ids: Sequence[int], author: str, reason: str) -> list[Row[Any]]:
    """Return the entries named, held until the transaction ends.

    Raises:
        QuarantineError: an id is not in quarantine, or author or reason is missing.
    """
    if not author.strip() or not reason.strip():
        raise QuarantineError("a waiver needs who gives it (--by) and why (--reason)")
    _lock(connection)
    rows = connection.execute(
        text("""
            select quarantine_id, entity, raw_id, rule_id, state from audit.quarantine
            where quarantine_id = any(cast(:ids as bigint[])) order by quarantine_id for update
        """),
        {"ids": list(ids)},
    ).all()
    missing = sorted(set(ids) - {row.quarantine_id for row in rows})
    if missing:
        raise QuarantineError(
            f"not in quarantine: {', '.join(map(str, missing))}; `decision766 quarantine list` shows the ids"
        )
    return list(rows)


def _entries_of(connection: Connection, rows: Iterable[RawRow]) -> Sequence[Row[Any]]:
    entities, raw_ids = _columns(rows)
    return connection.execute(
        text("""
            select held.quarantine_id, held.entity, held.raw_id, held.rule_id, held.rule_version, held.state
            from audit.quarantine as held
            inner join unnest(cast(:entities as text[]), cast(:raw_ids as bigint[])) as asked (entity, raw_id)
                on asked.entity = held.entity and asked.raw_id = held.raw_id
            order by held.quarantine_id
        """),
        {"entities": entities, "raw_ids": raw_ids},
    ).all()


def _held(connection: Connection, rows: Iterable[RawRow]) -> set[RawRow]:
    """Return those of the rows that have an open entry."""
    return {_raw_row(row) for row in _entries_of(connection, rows) if row.state == "open"}


def _columns(rows: Iterable[RawRow]) -> tuple[list[str], list[int]]:
    ordered = sorted(rows)
    return [entity for entity, _ in ordered], [raw_id for _, raw_id in ordered]


def _move(
    connection: Connection,
    moves: Moves,
    entries: Mapping[int, tuple[str, int | None]],
    state: str,
    author: str,
) -> None:
    """Give entries a new state, with reason and the rule's present version; the history follows by itself."""
    if not entries:
        return
    connection.execute(
        text("""
            update audit.quarantine as held
            set state = :state, state_at = clock_timestamp(), state_by = :author, state_reason = moved.reason,
                change_id = cast(:change_id as uuid),
                rule_version = coalesce(moved.version, held.rule_version)
            from unnest(cast(:ids as bigint[]), cast(:reasons as text[]), cast(:versions as int[]))
                as moved (quarantine_id, reason, version)
            where held.quarantine_id = moved.quarantine_id
        """),
        {
            "state": state,
            "author": author,
            "change_id": moves.change_id,
            "ids": list(entries),
            "reasons": [reason for reason, _ in entries.values()],
            "versions": [version for _, version in entries.values()],
        },
    )
    moves.moved |= dict.fromkeys(entries, state)


def _record(
    connection: Connection, moves: Moves, author: str, reason: str | None, selection: Mapping[str, Any]
) -> None:
    """Write the change, and give its batches back to the marts' work; nothing if no entry moved."""
    if moves.is_nothing:
        return
    connection.execute(
        text("""
            insert into audit.quarantine_change (
                change_id, action, made_by, reason, selection, rows_looked_at, rows_let_in, rows_held_again
            ) values (
                cast(:change_id as uuid), :action, :author, :reason, cast(:selection as jsonb), :looked_at,
                :let_in, :held_again
            )
        """),
        {
            "change_id": moves.change_id,
            "action": moves.action,
            "author": author,
            "reason": reason,
            "selection": json.dumps(selection, ensure_ascii=False),
            "looked_at": len(moves.looked_at),
            "let_in": len(moves.let_in),
            "held_again": len(moves.held_again),
        },
    )
    connection.execute(
        text("""
            update audit.work_ledger set evaluation_id = null, ready_at = clock_timestamp()
            where batch_id in (
                select batch_id from audit.quarantine where change_id = cast(:change_id as uuid)
            )
        """),
        {"change_id": moves.change_id},
    )
