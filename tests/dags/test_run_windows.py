"""What a run reads, and whether it may wait: from its kind, its data interval and its params."""

import datetime as dt
import importlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from decision766.settings import PROJECT_ROOT
from decision766.sources import Window

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
SIX, SEVEN, EIGHT = (dt.datetime(2026, 9, 28, hour, tzinfo=LOCAL) for hour in (6, 7, 8))


@pytest.fixture(scope="module", autouse=True)
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """The plugin's modules, imported as Airflow does, with an Airflow home that is nobody's."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AIRFLOW_HOME", str(tmp_path_factory.mktemp("airflow")))
        patched.syspath_prepend(str(PROJECT_ROOT / "plugins"))
        operators = importlib.import_module("decision766_airflow.operators")
        windows = importlib.import_module("decision766_airflow.windows")
        yield SimpleNamespace(
            may_wait=operators._may_wait,
            next_scheduled=windows.next_scheduled,
            window_of=windows.window_of,
        )


def context(run_type: str, **params: Any) -> dict[str, Any]:
    run = SimpleNamespace(run_type=run_type, data_interval_start=SIX, data_interval_end=SEVEN)
    return {"dag_run": run, "params": params}


def test_a_regular_run_reads_what_is_new_and_a_backfill_its_interval(plugin: SimpleNamespace) -> None:
    assert plugin.window_of(context("scheduled")) is None
    assert plugin.window_of(context("manual")) is None
    assert plugin.window_of(context("backfill")) == Window(SIX, SEVEN)
    assert plugin.window_of(context("scheduled"), whole_interval=True) == Window(SIX, SEVEN)


def test_a_day_is_local_and_the_end_is_not_included(plugin: SimpleNamespace) -> None:
    asked = plugin.window_of(context("manual", window_from="2026-06-01", window_to="2026-07-01"))
    assert asked == Window(dt.datetime(2026, 6, 1, tzinfo=LOCAL), dt.datetime(2026, 7, 1, tzinfo=LOCAL))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"window_from": "2026-06-01"}, "go together"),
        ({"window_from": "2026-06-02", "window_to": "2026-06-01"}, "empty"),
        ({"window_from": "2026-06-01T08:00", "window_to": "2026-06-02"}, "no offset"),
    ],
)
def test_half_a_window_and_a_time_without_zone_are_errors(
    plugin: SimpleNamespace, params: dict[str, str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        plugin.window_of(context("manual", **params))


def test_a_wait_never_reaches_past_the_next_scheduled_run(
    plugin: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DECISION766_ONE_SHOT", raising=False)
    hourly, by_hand = context("scheduled"), context("manual")
    assert plugin.next_scheduled(hourly["dag_run"]) == EIGHT
    assert plugin.may_wait(hourly, EIGHT - dt.timedelta(minutes=1))
    assert not plugin.may_wait(hourly, EIGHT)
    assert plugin.may_wait(by_hand, EIGHT + dt.timedelta(hours=9))
    monkeypatch.setenv("DECISION766_ONE_SHOT", "1")
    assert not plugin.may_wait(by_hand, SEVEN)
