"""What lets a row out of quarantine, and what stays: judged by the present rules, once, with a history."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from tests.quarantine.held_rows import (
    EARLY_END,
    UNKNOWN,
    accept,
    do,
    history,
    ids,
    replayed,
    rows,
    states,
    visible,
    without,
)
from tests.validation.rule_rows import add_batch, add_references, good

from decision766.quarantine import QuarantineError, unwaive, waive
from decision766.quarantine.succession import successors
from decision766.records import ENTITIES
from decision766.validation import CountMismatch, ValidationError, store, validate_batch

pytestmark = [pytest.mark.warehouse, pytest.mark.slow]


def test_a_row_comes_back_once_the_catalogue_has_arrived(warehouse: Engine, suites: Any) -> None:
    add_references(warehouse)
    accept(warehouse, "dossier", good("dossier", 0), good("dossier", 1) | {"procedure_code": UNKNOWN})
    assert visible(warehouse, "dossier") == 1
    still = replayed(warehouse, suites)
    assert (len(still.looked_at), still.moved, len(still.failing)) == (1, {}, 1)
    assert history(warehouse) == [("dossier.procedure_code.known", None, "open", None, None)]
    seen = "select last_seen_at > first_seen_at from audit.quarantine"
    assert rows(warehouse, seen) == [(True,)]

    late = good("procedure", 2) | {"procedure_code": UNKNOWN}
    add_batch(warehouse, "procedure", [late], source_id="register_h44", status="accepted")
    moves = replayed(warehouse, suites)
    assert len(moves.let_in) == 1
    assert visible(warehouse, "dossier") == 2
    assert history(warehouse)[1:] == [
        ("dossier.procedure_code.known", "open", "replayed", "an", "passes_now")
    ]
    assert rows(
        warehouse, "select action, made_by, rows_looked_at, rows_let_in from audit.quarantine_change"
    ) == [("replay", "an", 1, 1)]


def test_replaying_again_changes_nothing(warehouse: Engine, suites: Any) -> None:
    accept(warehouse, "dossier", good("dossier", 1) | EARLY_END)
    mended = without(suites, "dossier", "dossier.finished_at.after_received")
    assert not replayed(warehouse, mended).is_nothing
    before = [rows(warehouse, f"select * from audit.{name}") for name in ("quarantine", "quarantine_event")]
    assert replayed(warehouse, mended).is_nothing
    after = [rows(warehouse, f"select * from audit.{name}") for name in ("quarantine", "quarantine_event")]
    assert after == before
    assert len(rows(warehouse, "select 1 from audit.quarantine_change")) == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "rule_withdrawn"),
        ({"severity": "warn"}, "rule_withdrawn"),
        ({"version": 2, "check": None}, "rule_changed"),
    ],
)
def test_a_mended_rule_says_how_it_was_mended(
    warehouse: Engine, suites: Any, changes: dict[str, Any], reason: str
) -> None:
    rule_id = "dossier.finished_at.after_received"
    if "check" in changes:
        other = next(rule for rule in suites["dossier"].rules if rule.id == "dossier.received_at.plausible")
        changes = changes | {"check": other.check}
    accept(warehouse, "dossier", good("dossier", 1) | EARLY_END)
    replayed(warehouse, without(suites, "dossier", rule_id, **changes))
    assert [item[2:] for item in history(warehouse)] == [("open", None, None), ("replayed", "an", reason)]


def test_a_row_stays_while_any_rule_fails_and_new_failures_are_added(warehouse: Engine, suites: Any) -> None:
    add_references(warehouse)
    accept(warehouse, "dossier", good("dossier", 1) | EARLY_END | {"procedure_code": UNKNOWN})
    mended = without(suites, "dossier", "dossier.finished_at.after_received")
    stricter = without(
        mended, "dossier", "dossier.promised_at.after_received", severity="quarantine", version=2
    )
    raw = "update raw.dossier set promised_at = received_at - interval '1 day'"
    with warehouse.begin() as connection:
        connection.execute(text(raw))
    moves = replayed(warehouse, stricter)
    assert (moves.let_in, len(moves.failing)) == (set(), 1)
    assert states(warehouse) == {
        "dossier.finished_at.after_received": "replayed",
        "dossier.procedure_code.known": "open",
        "dossier.promised_at.after_received": "open",
    }
    assert visible(warehouse, "dossier") == 0
    again = replayed(warehouse, suites)  # the first rule is back
    assert set(again.moved.values()) == {"open", "replayed"}
    assert states(warehouse)["dossier.finished_at.after_received"] == "open"
    assert ("dossier.finished_at.after_received", "replayed", "open", "an", "fails_again") in history(
        warehouse
    )


def test_rows_that_refer_to_what_was_let_in_follow(warehouse: Engine, suites: Any) -> None:
    """Selected by one rule of the catalogue; the dossiers that were held for its sake come in as well."""
    add_references(warehouse)
    bad = good("procedure", 7) | {"is_public": None}
    accept(warehouse, "procedure", bad, source_id="register_h44")
    accept(warehouse, "dossier", good("dossier", 1) | {"procedure_code": "1.000007"})
    (rule_id,) = {
        row[0] for row in rows(warehouse, "select rule_id from audit.quarantine where entity = 'procedure'")
    }
    moves = replayed(warehouse, without(suites, "procedure", rule_id), rule=rule_id)
    assert {entity for entity, _ in moves.let_in} == {"procedure", "dossier"}
    assert set(states(warehouse).values()) == {"replayed"}


def test_a_rule_that_cannot_be_applied_keeps_its_rows(warehouse: Engine, suites: Any) -> None:
    add_references(warehouse)
    accept(warehouse, "dossier", good("dossier", 1) | {"procedure_code": UNKNOWN})
    with warehouse.begin() as connection:
        connection.execute(text("update audit.batch set status = 'blocked' where entity = 'procedure'"))
    moves = replayed(warehouse, suites)
    assert (moves.moved, len(moves.unknown), moves.failing) == ({}, 1, set())


def test_only_what_is_selected_is_judged(warehouse: Engine, suites: Any) -> None:
    accept(warehouse, "dossier", good("dossier", 1) | EARLY_END)
    accept(warehouse, "dossier", good("dossier", 2) | EARLY_END, source_id="other")
    mended = without(suites, "dossier", "dossier.finished_at.after_received")
    for selected in (
        {"source": "nobody"},
        {"entity": "petition"},
        {"rule": "dossier.status.known"},
        {"unit": "H44.0"},
        {"state": "waived"},
    ):
        assert replayed(warehouse, mended, **selected).looked_at == set()
    assert len(replayed(warehouse, mended, source="other").let_in) == 1
    assert len(replayed(warehouse, mended, ids=tuple(ids(warehouse)[:1]), unit="H44").let_in) == 1


def test_a_superseded_row_stays_out(warehouse: Engine, suites: Any) -> None:
    accept(warehouse, "dossier", good("dossier", 1) | EARLY_END)
    accept(warehouse, "dossier", good("dossier", 1))
    moves = replayed(warehouse, without(suites, "dossier", "dossier.finished_at.after_received"))
    assert (len(moves.superseded), moves.moved) == (1, {})
    with pytest.raises(QuarantineError, match="superseded: 1 "):
        do(warehouse, partial(waive, ids=ids(warehouse), author="an", reason="paper says so"))


@pytest.mark.parametrize("entity", sorted(ENTITIES))
def test_every_entity_knows_what_a_correction_is(warehouse: Engine, entity: str) -> None:
    case = good(entity, 1)
    add_batch(warehouse, entity, [case, case | {"data_origin": "recorded"}], status="accepted")
    with warehouse.connect() as connection:
        assert successors(connection, entity, [1, 2]) == {1: 2}


def test_a_waiver_lets_the_row_in_and_can_be_withdrawn(warehouse: Engine, suites: Any) -> None:
    accept(warehouse, "dossier", good("dossier", 1) | EARLY_END | {"status": None})
    first, second = ids(warehouse)
    moves = do(warehouse, partial(waive, ids=[first], author="an", reason="paper says so"))
    assert (moves.let_in, len(moves.failing)) == (set(), 1)
    moves = do(warehouse, partial(waive, ids=[first], author="an", reason="again", whole_row=True))
    assert (len(moves.let_in), list(moves.moved)) == (1, [second])
    assert visible(warehouse, "dossier") == 1
    replayed(warehouse, suites)
    assert set(states(warehouse).values()) == {"waived"}
    assert do(warehouse, partial(waive, ids=[first, second], author="an", reason="x")).is_nothing
    moves = do(warehouse, partial(unwaive, ids=[first], author="binh", reason="forged"))
    assert len(moves.held_again) == 1
    assert visible(warehouse, "dossier") == 0
    assert [(item[1], item[2], item[3], item[4]) for item in history(warehouse)[2:]] == [
        ("open", "waived", "an", "paper says so"),
        ("open", "waived", "an", "again"),
        ("waived", "open", "binh", "forged"),
    ]


@pytest.mark.parametrize(
    ("author", "reason", "asked", "message"),
    [
        ("", "why", [1], "--by"),
        ("an", " ", [1], "--reason"),
        ("an", "why", [10**9], "not in quarantine: 1000000000"),
    ],
)
def test_a_waiver_without_name_reason_or_row_is_refused(
    warehouse: Engine, author: str, reason: str, asked: list[int], message: str
) -> None:
    accept(warehouse, "dossier", good("dossier", 1) | EARLY_END)
    with pytest.raises(QuarantineError, match=message):
        do(warehouse, partial(waive, ids=asked or ids(warehouse), author=author, reason=reason))
    assert set(states(warehouse).values()) == {"open"}


@pytest.mark.parametrize(
    "statement",
    [
        "update audit.quarantine_event set made_by = 'nobody'",
        "delete from audit.quarantine_event",
        "update audit.quarantine_change set made_by = 'nobody'",
        "delete from audit.quarantine_change",
        "delete from audit.quarantine",
        "update audit.quarantine set state = 'waived', state_by = null",
    ],
)
def test_the_history_cannot_be_rewritten(warehouse: Engine, suites: Any, statement: str) -> None:
    accept(warehouse, "dossier", good("dossier", 1) | EARLY_END)
    do(warehouse, partial(waive, ids=ids(warehouse), author="an", reason="paper says so"))
    before = history(warehouse)
    with (
        pytest.raises(DBAPIError, match=r"append-only|quarantine_waiver_has_author"),
        warehouse.begin() as connection,
    ):
        connection.execute(text(statement))
    assert history(warehouse) == before
    with warehouse.begin() as connection:  # a state changed by hand is in the history all the same
        connection.execute(
            text("update audit.quarantine set state = 'open', state_by = 'psql', state_at = now()")
        )
    assert history(warehouse)[-1][1:4] == ("waived", "open", "psql")


def test_the_marts_are_told_that_there_is_work(warehouse: Engine, suites: Any) -> None:
    accept(warehouse, "dossier", good("dossier", 1) | EARLY_END)
    other = accept(warehouse, "dossier", good("dossier", 2))
    waiting = "select batch_id::text from audit.work_ledger where evaluation_id is null"
    with warehouse.begin() as connection:
        connection.execute(text("update audit.work_ledger set evaluation_id = gen_random_uuid()"))
    do(warehouse, partial(waive, ids=ids(warehouse), author="an", reason="paper says so"))
    assert len(rows(warehouse, waiting)) == 1
    assert (other,) not in rows(warehouse, waiting)


def test_counts_that_do_not_reconcile_leave_the_batch_loaded(
    warehouse: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = accept(warehouse, "dossier", good("dossier", 0), good("dossier", 1) | EARLY_END)
    counted = rows(
        warehouse,
        """
        select rule_id, unexpected_count, quarantined_count from audit.rule_result
        inner join audit.validation_run using (validation_run_id)
        where batch_id = cast(:batch_id as uuid) and severity = 'quarantine'
        """,
        batch_id=batch_id,
    )
    assert len(counted) > 10
    assert all(found == held for _, found, held in counted)
    assert ("dossier.finished_at.after_received", 1, 1) in counted
    # Counting sees the row: only what is written to quarantine is lost.
    found: Callable[..., list[str]] = store.find_failing
    monkeypatch.setattr(
        store, "find_failing", lambda *asked: [f"{failing} and false" for failing in found(*asked)]
    )
    lossy = add_batch(warehouse, "dossier", [good("dossier", 2) | EARLY_END])
    with pytest.raises(CountMismatch, match="counted 1 failing rows, 0 stand in quarantine"):
        validate_batch(warehouse, lossy)
    assert rows(warehouse, "select status from audit.batch where batch_id = cast(:b as uuid)", b=lossy) == [
        ("loaded",)
    ]


def test_a_rule_that_cannot_run_is_named_and_nothing_moves(warehouse: Engine, suites: Any) -> None:
    accept(warehouse, "dossier", good("dossier", 1) | EARLY_END)
    broken = without(suites, "dossier", "dossier.finished_at.after_received", field="no_such_column")
    with pytest.raises(
        ValidationError, match=r"rule dossier\.finished_at\.after_received \(UndefinedColumn\)"
    ):
        replayed(warehouse, broken)
    assert set(states(warehouse).values()) == {"open"}
