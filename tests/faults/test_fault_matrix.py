"""Every fault at every adapter that makes calls: the exact end state, row by row (see matrix.py)."""

from collections import Counter
from typing import Any

import pytest
from matrix import CASES, PORTALS, REPORT, Case, is_fast

from decision766.simulator.world import World
from decision766.sources import SourceConfig
from every_adapter import IGATE, STAND_INS
from faulty_sources import PRESENT, Reader, Standing, Tables, counted, gateway

pytestmark = pytest.mark.warehouse
WHOLE = [pytest.mark.faults, pytest.mark.slow]


def _config(adapter: str) -> SourceConfig:
    if adapter == REPORT:
        return gateway(lists=(), page_size=10)
    return STAND_INS[adapter].config()


@pytest.fixture
def clean(request: pytest.FixtureRequest, standing: Standing) -> tuple[Tables, Tables]:
    """What a run without faults gives: rows, and facts; read once per adapter."""
    adapter = request.node.callspec.params["case"].adapter
    if adapter not in standing.clean:
        reader: Reader = request.getfixturevalue("reader")
        reader.read(_config(adapter)).raise_for_failures()
        standing.clean[adapter] = reader.tables(), reader.facts()
        reader.empty()
    rows = standing.clean[adapter][0]
    assert sum(map(len, rows.values())) > 80
    return standing.clean[adapter]


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=str(case), marks=[] if is_fast(case) else WHOLE) for case in CASES]
)
def test_fault(case: Case, reader: Reader, clean: tuple[Tables, Tables], record_property: Any) -> None:
    record_property("fault_cell", (case.name, case.adapter, case.mode, case.end))
    rows, facts = clean
    config = _config(case.adapter)
    summary = reader.read(config, case.rule())
    assert reader.strikes, "the fault was never tried"
    if case.end == "equal":
        summary.raise_for_failures()
        assert reader.tables() == rows
    elif case.end == "same facts":
        summary.raise_for_failures()
        assert reader.facts() == facts
    elif case.end == "failed":
        assert summary.failed
    elif case.end == "unseen":
        assert not summary.failed
        assert reader.tables() != rows  # else it would not be unseen, but equal
    if summary.failed:
        _is_clear(reader, summary.source_id)
    _nothing_is_half_loaded(reader, rows, facts, case)
    if case.adapter in PORTALS and any(failure.kind == "refused" for failure in summary.failed):
        assert f"not called: {config.connection} refused" in reader.read(config).failures[0]
        reader.reopen(config)
    reader.read(config, full=case.end == "unseen").raise_for_failures()
    if case.fault == "last_page_of_one":
        held = {name: sorted(set(found)) for name, found in reader.facts().items()}
        record_property("fault_counts", counted(held, facts))
        assert held == {name: sorted(set(found)) for name, found in facts.items()}
    else:
        record_property("fault_counts", counted(reader.tables(), rows))
        assert reader.tables() == rows


def test_last_page_of_one_row_where_a_short_page_is_the_last(
    reader: Reader, small_world: World, record_property: Any
) -> None:
    """Igate cuts its own pages: of a slice of n records, the second page of n − 1 holds one."""
    record_property("fault_cell", ("last page of one row", IGATE, "once", "equal"))
    config = _config(IGATE)
    reader.read(config).raise_for_failures()
    rows = reader.tables()
    reader.empty()
    received = Counter(dossier.received_at.month for dossier in small_world.all_dossiers("H12"))
    assert received[8] > 2
    reader.read(config.model_copy(update={"page_size": received[8] - 1})).raise_for_failures()
    record_property("fault_counts", counted(reader.tables(), rows))
    assert reader.tables() == rows


@pytest.mark.parametrize(("calls", "first"), [([1, 2], "2026-07-01"), ([3, 4], "2026-09-01")])
def test_igate_comes_back_to_the_first_window_that_was_not_complete(
    reader: Reader, calls: list[int], first: str
) -> None:
    """Without any overlap: the cursor must not pass what the statistics contradict, whatever follows."""
    entities = _config(IGATE).model_dump(by_alias=True)["entities"]
    for entity in entities:
        if entity["window"]:
            entity["window"]["overlap_days"] = 0
    config = type(_config(IGATE)).model_validate(
        {**_config(IGATE).model_dump(by_alias=True), "entities": entities}
    )
    contradiction = {"fault": "moving_total", "path": "*/digitization-by-agency", "calls": calls}
    summary = reader.read(config, contradiction)
    assert [failure.kind for failure in summary.failed] == ["incomplete"]
    assert f"from {first}" in summary.failures[0]
    assert reader.cursors()["dossier"] == f"{first}T00:00:00+07:00"
    reader.read(config).raise_for_failures()
    assert reader.cursors()["dossier"] == PRESENT.isoformat()


def _is_clear(reader: Reader, source_id: str) -> None:
    """A failure names source, call and cause, and quotes no answer."""
    calls = ("POST /", "GET /", "not called, because", "not asked any more")
    for message in reader.failures():
        assert message.startswith(f"source {source_id}, ")
        assert any(part in message for part in calls)
        assert not any(part in message for part in ("Support ID", "Lỗi hệ thống", "{"))


def _nothing_is_half_loaded(reader: Reader, rows: Tables, facts: Tables, case: Case) -> None:
    """What is in raw is right, once, and hangs together by whole answers."""
    for name, held in reader.tables().items():
        assert len(set(held)) == len(held)
        if case.fault == "last_page_of_one":
            assert set(reader.facts()[name]) <= set(facts[name])
        else:
            assert set(held) <= set(rows[name])
    assert reader.batches_are_whole()
