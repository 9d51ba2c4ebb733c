"""The freshness benchmark: what its hub commits is there, and its page holds every change to the promise."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from decision766.bench.freshness_hub import DATABASE, Change, Hub, write_source
from decision766.bench.freshness_report import Freshness, Shown, report_freshness
from decision766.bench.marts_fill import fill_world
from decision766.platform.databases import drop_database
from decision766.settings import Settings
from decision766.sources import load_sources
from decision766.warehouse.connect import database_url, libpq_url

BEGAN = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)


def shown(second: int, took: float) -> Shown:
    change = Change("H11", f"H11.1-{second}", True, BEGAN + dt.timedelta(seconds=second))
    at = change.committed_at + dt.timedelta(seconds=took)
    return Shown(change, at, (took / 4, took / 4, took / 4, took / 4))


def test_the_page_states_the_percentile_that_was_promised_and_what_was_lost(tmp_path: Path) -> None:
    changes = [shown(second, 100.0) for second in range(90)] + [shown(second, 400.0) for second in range(10)]
    measured = Freshness(
        1_000_000, 34, 20, 15, 2, shown=changes, lost=3, builds=[90.0, 120.0], followed=2, differing=0
    )
    assert (measured.percentile(0.5), measured.percentile(0.9)) == (100.0, 100.0)
    page = report_freshness(measured, tmp_path).read_text(encoding="utf-8")
    assert "| 95th percentile | 400.00 | 300 |" in page
    assert "100 changes shown, 3 not" in page
    assert "2 builds, 2 of them followed the last one; from opening to publication 90 to 120 s" in page
    assert (tmp_path / "freshness-in-time.svg").is_file()


@pytest.fixture
def hub(settings: Settings, warehouse: Engine) -> Iterator[Hub]:
    fill_world(warehouse, 2_000, 2)
    yield Hub(settings, ["H11", "H12"])
    drop_database(settings, DATABASE)


@pytest.mark.warehouse
def test_the_hub_commits_evenly_what_a_poll_then_reads(
    hub: Hub, settings: Settings, warehouse: Engine, tmp_path: Path
) -> None:
    hub.follow_history(warehouse, each=5)
    told: list[int] = []
    changes = hub.write(per_minute=300, minutes=0.02, told=told.append)
    assert len(changes) == 12
    assert Counter(change.province for change in changes) == {"H11": 6, "H12": 6}
    assert Counter(change.is_new for change in changes) == {True: 8, False: 4}
    assert [change.committed_at for change in changes] == sorted(change.committed_at for change in changes)
    with psycopg.connect(libpq_url(database_url(DATABASE, settings))) as connection:
        held = dict(connection.execute("select ma_ho_so, ngay_ket_thuc from ho_so").fetchall())
    for change in changes:
        assert (held[change.dossier_code] is None) is change.is_new
    write_source(tmp_path / "sources", hub.provinces)
    (source,) = load_sources(tmp_path / "sources")
    assert (source.id, source.covers) == ("bench", ("H11", "H12"))
