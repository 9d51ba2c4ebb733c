"""What every adapter owes: the same data whenever, however often and from wherever it is read.

Two full reads are identical; a reading that was broken off anywhere ends where an unbroken one ends; a
replay from any cursor adds nothing; a cursor in the future gives nothing and says so.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from decision766.pipeline import ingest
from decision766.sources import SourceAnswer, SourceError
from decision766.sources.config import FAMILIES
from every_adapter import STAND_INS

pytestmark = [pytest.mark.warehouse, pytest.mark.slow]
FUTURE = "2099-01-01T00:00:00+07:00"
FEWEST_ROWS = 80


class BrokenOff:
    """An adapter that hands over so many answers and then cannot be reached."""

    def __init__(self, adapter: Any, answers: int) -> None:
        self._adapter, self._left = adapter, answers
        self.handed_over = 0

    def fetch(self, entity: str, **how: Any) -> Iterator[SourceAnswer]:
        for answer in self._adapter.fetch(entity, **how):
            if not self._left:
                raise SourceError("broken_off", entity, "broken off", kind="unreadable")
            self._left -= 1
            self.handed_over += 1
            yield answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)


def broken_off(reading: Any, answers: int, monkeypatch: pytest.MonkeyPatch) -> tuple[bool, int]:
    """Read until so many answers came; returns whether that broke it off, and how many answers came."""
    made: list[BrokenOff] = []

    def adapter_for(config: Any, connection: Any) -> Any:
        made.append(BrokenOff(adapter_for_source(config, connection), answers))
        return made[-1]

    adapter_for_source = ingest.adapter_for
    with monkeypatch.context() as patched:
        patched.setattr(ingest, "adapter_for", adapter_for)
        summary = reading.run()
    return bool(summary.failed), made[0].handed_over


def test_every_family_is_accepted() -> None:
    assert {name.partition(",")[0] for name in STAND_INS} == set(FAMILIES)


def test_two_full_reads_give_identical_tables(reading: Any) -> None:
    first = reading.run()
    first.raise_for_failures()
    tables, cursors = reading.reader.tables(), reading.reader.cursors()
    assert sum(map(len, tables.values())) > FEWEST_ROWS
    again = reading.run(full=True)
    again.raise_for_failures()
    assert (again.rows_received, again.rows_new, again.batch_ids) == (first.rows_received, 0, [])
    assert reading.reader.tables() == tables
    assert reading.reader.cursors() == cursors


def test_a_reading_broken_off_anywhere_goes_on_to_the_same_end(
    reading: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading.run().raise_for_failures()
    tables, cursors = reading.reader.tables(), reading.reader.cursors()
    between: list[dict[str, str]] = []
    for answers in range(200):
        reading.reader.empty()
        was_broken, came = broken_off(reading, answers, monkeypatch)
        if not was_broken:
            break
        assert came == answers
        assert reading.reader.batches_are_whole()
        between.append(reading.reader.cursors())
        reading.run().raise_for_failures()
        assert reading.reader.tables() == tables, f"after {answers} answers"
        assert reading.reader.cursors() == cursors
    assert len(between) >= 4  # there was something between start and end

    distinct = [cursor for place, cursor in enumerate(between) if cursor not in between[:place]]
    for cursor in distinct:
        reading.reader.put_cursors(cursor)
        replayed = reading.run()
        replayed.raise_for_failures()
        assert replayed.rows_new == 0
        assert reading.reader.tables() == tables
        assert reading.reader.cursors() == cursors


def test_a_cursor_in_the_future_gives_nothing_and_says_so(reading: Any) -> None:
    reader = reading.reader
    reading.run().raise_for_failures()
    tables, cursors = reader.tables(), reader.cursors()
    by_time = {entity for entity, cursor in cursors.items() if not cursor.startswith("[")}
    with reader.engine.connect() as connection:
        windowed = set(
            connection.execute(
                text("select entity from audit.batch where window_start is not null")
            ).scalars()
        )
    incremental = windowed | (cursors.keys() - by_time)  # the others are read whole at every run
    reader.put_cursors({entity: FUTURE if entity in by_time else cursors[entity] for entity in cursors})
    with reader.engine.begin() as connection:
        for entity in incremental:
            connection.execute(text(f"truncate raw.{entity}"))

    summary = reading.run()
    summary.raise_for_failures()
    found = {item.entity: item for item in summary.entities}
    for entity in tables:
        assert reader.tables()[entity] == ([] if entity in incremental else tables[entity])
    for entity in incremental:
        assert (found[entity].status, found[entity].rows_received) == ("unchanged", 0)
        told = [note for note in summary.notes if note.startswith(f"{entity}: nothing was asked for")]
        assert len(told) == (entity in by_time)
        assert all("--full" in note for note in told)
    assert summary.rows_new == 0

    reading.run(full=True).raise_for_failures()
    assert reader.tables() == tables
    assert reader.cursors() == cursors
