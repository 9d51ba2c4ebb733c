"""Every fault at every adapter: the exact end state, row by row (the matrix is in matrix.py)."""

from typing import Any

import pytest
from faulty_sources import Reader, Standing, Tables, evaluation, exchange
from matrix import BUS, CASES, EVALUATION, Case, is_fast

from decision766.sources import SourceConfig

pytestmark = pytest.mark.warehouse
WHOLE = [pytest.mark.faults, pytest.mark.slow]


def _config(adapter: str) -> SourceConfig:
    if adapter == EVALUATION:
        return evaluation()
    return exchange("province_h17" if adapter == BUS else "province_h12")


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
    assert sum(map(len, rows.values())) > 150
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
    if summary.failed:
        _is_clear(reader, summary.source_id)
    _nothing_is_half_loaded(reader, rows, facts, case)
    if case.end == "unseen":
        reader.forget()
    if case.adapter == EVALUATION and any(failure.kind == "refused" for failure in summary.failed):
        assert "not called: decision766_portal refused" in reader.read(config).failures[0]
        reader.reopen(config)
    reader.read(config).raise_for_failures()
    if case.fault == "last_page_of_one":
        assert sorted(set(reader.facts()["published_group"])) == facts["published_group"]
    else:
        assert reader.tables() == rows


def _is_clear(reader: Reader, source_id: str) -> None:
    """A failure names source, call and cause, and quotes no answer."""
    for message in reader.failures():
        assert message.startswith(f"source {source_id}, ")
        assert "POST /" in message or "not called, because" in message
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
