"""A change of quarantine tried, kept, broken off and met by another."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, Engine
from tests.quarantine.held_rows import (
    EARLY_END,
    accept,
    do,
    history,
    ids,
    replayed,
    rows,
    states,
    without,
)
from tests.validation.rule_rows import good

from decision766.quarantine import ChangedMeanwhile, Moves, carry_out, waive
from decision766.quarantine import change as change_module
from decision766.settings import Settings

pytestmark = [pytest.mark.warehouse, pytest.mark.slow]


def waiver(engine: Engine) -> Callable[[Connection], Moves]:
    return partial(waive, ids=ids(engine), author="an", reason="paper says so")


def test_a_preview_keeps_nothing(warehouse: Engine, settings: Settings) -> None:
    accept(warehouse, "dossier", good("dossier", 1) | EARLY_END)
    change = carry_out(warehouse, waiver(warehouse), settings=settings, preview=True)
    assert (len(change.moves.let_in), change.is_made, change.effect) == (1, False, None)
    assert set(states(warehouse).values()) == {"open"}
    assert rows(warehouse, "select 1 from audit.quarantine_change") == []


def test_a_death_before_the_end_leaves_nothing_and_a_rerun_does_it_all(
    warehouse: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(warehouse, "dossier", good("dossier", 1) | EARLY_END)

    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Moves, "agrees_with", die)
        with pytest.raises(KeyboardInterrupt):
            carry_out(warehouse, waiver(warehouse), settings=settings)
    assert set(states(warehouse).values()) == {"open"}
    assert carry_out(warehouse, waiver(warehouse), settings=settings).is_made
    assert set(states(warehouse).values()) == {"waived"}


def test_a_change_that_came_between_is_told(
    warehouse: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(warehouse, "dossier", good("dossier", 1) | EARLY_END)

    def meanwhile(*_: Any, **__: Any) -> None:
        do(warehouse, waiver(warehouse))

    monkeypatch.setattr(change_module, "effect_of", meanwhile)
    with pytest.raises(ChangedMeanwhile, match="Run the command again"):
        carry_out(warehouse, waiver(warehouse), settings=settings)
    assert len(history(warehouse)) == 2


def test_replays_at_the_same_time_let_a_row_in_once(warehouse: Engine, suites: Any) -> None:
    accept(warehouse, "dossier", *(good("dossier", n) | EARLY_END for n in range(20)))
    mended = without(suites, "dossier", "dossier.finished_at.after_received")
    found: list[Moves] = []
    threads = [threading.Thread(target=lambda: found.append(replayed(warehouse, mended))) for _ in range(4)]
    with _meeting(threads):
        pass
    assert sorted(len(moves.let_in) for moves in found) == [0, 0, 0, 20]
    assert len(history(warehouse)) == 40


@contextmanager
def _meeting(threads: list[threading.Thread]) -> Iterator[None]:
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join()
