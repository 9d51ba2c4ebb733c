"""The national portal is left alone after its first refusal, until a cool-down or a person ends it."""

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from decision766.audit import Source, circuit_of, open_circuit, reopen_circuit, upsert_source
from decision766.cli.main import app
from decision766.settings import Settings
from decision766.sources import SourceConfig
from faulty_sources import Reader, quick

pytestmark = pytest.mark.warehouse
NOW = dt.datetime(2026, 9, 28, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def portal(source_id: str, **changes: Any) -> SourceConfig:
    month = {"grain": "month", "from": "2026-08", "to": "2026-08"}
    endpoints = ["transparency", "handling-satisfaction", "dossier-digitized"]
    settings = {"endpoints": endpoints, "periods": [month], "drill_down": [], **changes}
    return quick(source_id, **settings)


@pytest.mark.parametrize("fault", ["status_403", "status_429", "firewall"])
def test_the_first_refusal_ends_every_call_of_every_source_of_the_portal(reader: Reader, fault: str) -> None:
    rule = {"fault": fault, "path": "*/handling-satisfaction", "calls": [1]}
    first = reader.read(portal("portal_h12"), rule)
    assert [strike.fault for strike in reader.strikes] == [fault]
    assert [failure.kind for failure in first.failed] == ["refused", "refused"]
    assert "not called, because the portal refused" in first.failures[1]
    assert sum(map(len, reader.tables().values())) > 100  # what came before the refusal is kept

    nothing = {"fault": "status_500", "path": "*", "from_call": 1}
    for source_id in ("portal_h12", "portal_h44"):
        closed = reader.read(portal(source_id), nothing)
        assert reader.strikes == []  # nobody called
        assert f"decision766 sources reopen {source_id}" in closed.failures[0]
        assert closed.batch_ids == []
    stale = (
        "select count(*) from audit.outcome where status = 'failed' and error_message like '%not called: %'"
    )
    with reader.engine.connect() as connection:
        assert connection.execute(text(stale)).scalar_one() == 4
        assert connection.execute(text("select count(*) from audit.circuit_event")).scalar_one() == 1
    reader.reopen(portal("portal_h12"))
    reader.read(portal("portal_h12")).raise_for_failures()


def test_the_cool_down_ends_by_itself(reader: Reader) -> None:
    config = portal("portal_h12", circuit={"cool_down_hours": 0.0001})
    rule = {"fault": "firewall", "path": "*/transparency", "calls": [1]}
    assert reader.read(config, rule).failed
    time.sleep(0.5)
    reader.read(config).raise_for_failures()


def test_trouble_that_is_no_refusal_keeps_nobody_back(reader: Reader) -> None:
    rule = {"fault": "status_500", "path": "*", "from_call": 1}
    assert reader.read(portal("portal_h12"), rule).failed
    reader.read(portal("portal_h12")).raise_for_failures()


@pytest.fixture
def known(reader: Reader) -> Reader:
    upsert_source(
        reader.engine,
        Source("portal_h44", "dvcqg_evaluation", "Cổng", ("H44",), "recorded", "x"),
    )
    return reader


def _open(reader: Reader, now: dt.datetime = NOW) -> None:
    open_circuit(
        reader.engine,
        "decision766_portal",
        source_id="portal_h44",
        cause="status 403",
        cool_down=HOUR,
        now=now,
    )


def test_a_circuit_is_open_for_its_time_and_no_longer(known: Reader) -> None:
    engine = known.engine
    assert circuit_of(engine, "decision766_portal", now=NOW) is None
    _open(known)
    held = circuit_of(engine, "decision766_portal", now=NOW + HOUR / 2)
    assert held is not None
    assert (held.cause, held.opened_at, held.open_until) == ("status 403", NOW, NOW + HOUR)
    assert circuit_of(engine, "another", now=NOW) is None
    assert circuit_of(engine, "decision766_portal", now=NOW + HOUR) is None


def test_reopening_is_recorded_once(known: Reader) -> None:
    _open(known)
    again = {"source_id": "portal_h44", "cause": "a person", "now": NOW + HOUR / 2}
    held = reopen_circuit(known.engine, "decision766_portal", **again)
    assert held is not None
    assert circuit_of(known.engine, "decision766_portal", now=NOW + HOUR / 2) is None
    assert reopen_circuit(known.engine, "decision766_portal", **again) is None
    _open(known, NOW + HOUR / 2)
    assert circuit_of(known.engine, "decision766_portal", now=NOW + HOUR) is not None


def test_a_person_reopens_it_by_command(
    known: Reader, settings: Settings, as_environment: Callable[[Settings], None]
) -> None:
    as_environment(settings)
    _open(known, dt.datetime.now(dt.UTC))
    first, second = (CliRunner().invoke(app, ["sources", "reopen", "portal_h44"]) for _ in range(2))
    assert (first.exit_code, second.exit_code) == (0, 0), first.output
    assert circuit_of(known.engine, "decision766_portal", now=dt.datetime.now(dt.UTC)) is None
    assert CliRunner().invoke(app, ["sources", "reopen", "nobody"]).exit_code != 0
