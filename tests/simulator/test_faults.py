"""The stand-in misbehaves exactly as its fault plan says, and answers well otherwise."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from decision766.simulator.__main__ import main
from decision766.simulator.exchange_api import DIALECTS
from decision766.simulator.fault_plan import FaultPlan, FaultPlanError, FaultSchedule, load_fault_plan
from decision766.simulator.faults import FaultInjector
from decision766.simulator.places import portal_id
from decision766.simulator.server import create_app
from decision766.simulator.world import World
from stand_in_server import serving_app

Faulty = Callable[..., AbstractContextManager[tuple[str, FaultInjector]]]


@pytest.fixture
def faulty(world: World) -> Faulty:
    app = create_app(world)

    @contextmanager
    def serve(*rules: dict[str, Any], seed: int = 766) -> Iterator[tuple[str, FaultInjector]]:
        injector = FaultInjector(app, FaultPlan.model_validate({"seed": seed, "faults": rules}))
        with serving_app(injector, log_level="critical") as url:
            yield url, injector

    return serve


def _session(url: str) -> str:
    body = {"username": DIALECTS["H12"].username, "password": DIALECTS["H12"].password}
    reply = requests.post(f"{url}/exchange/login", json=body, headers={"dstcode": "x"}, timeout=10)
    return str(reply.json()["session"])


def _units(url: str, session: str = "") -> requests.Response:
    body = {"session": session or _session(url), "madonvi": "H12", "service": "LayDanhMucDonVi"}
    return requests.post(f"{url}/exchange/service", json=body, timeout=10)


def _page(url: str, page: int, size: int = 30) -> Any:
    body = {
        "timeType": "month",
        "year": 2026,
        "month": 8,
        "rootDepartmentId": portal_id("unit", "H12"),
        "currentPage": page,
        "pageSize": size,
    }
    return requests.post(f"{url}/api/v1/reporting/evaluation/transparency", json=body, timeout=30)


def _rule(fault: str, **more: Any) -> dict[str, Any]:
    return {"fault": fault, "path": "*/service", **(more or {"calls": [1]})}


@pytest.mark.parametrize(
    ("fault", "status", "starts"),
    [
        ("status_500", 500, b"<!DOCTYPE"),
        ("status_401", 401, b""),
        ("status_403", 403, b"<!DOCTYPE"),
        ("expired_session", 200, b'{"error_code":"-1"'),
        ("firewall", 200, b"<html><head><title>Request Rejected"),
        ("html_200", 200, b"<!DOCTYPE"),
        ("doubly_encoded", 200, b'"{\\"error_code\\":0'),
        ("empty_body", 200, b""),
    ],
)
def test_an_answer_is_replaced_on_the_call_that_the_plan_names(
    faulty: Faulty, fault: str, status: int, starts: bytes
) -> None:
    with faulty(_rule(fault, calls=[2])) as (url, injector):
        session = _session(url)
        first, second, third = (_units(url, session) for _ in range(3))
        assert (second.status_code, second.content[: len(starts)]) == (status, starts)
        assert first.json() == third.json()
        assert len(first.json()["result"]) > 10
        assert [(strike.fault, strike.call) for strike in injector.strikes] == [(fault, 2)]


@pytest.mark.parametrize("fault", ["status_503", "status_429"])
def test_a_busy_source_says_how_long_to_wait(faulty: Faulty, fault: str) -> None:
    with faulty(_rule(fault, calls=[1], seconds=7)) as (url, _):
        assert _units(url).headers["Retry-After"] == "7"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("reset", requests.exceptions.ConnectionError),
        ("truncated_body", requests.exceptions.RequestException),
        ("wrong_gzip", requests.exceptions.ContentDecodingError),
        ("cut_json", requests.exceptions.JSONDecodeError),
    ],
)
def test_the_connection_or_the_bytes_break(faulty: Faulty, fault: str, error: type[Exception]) -> None:
    with faulty(_rule(fault)) as (url, _):
        session = _session(url)
        with pytest.raises(error):
            _units(url, session).json()
        assert _units(url, session).json()["error_code"] == 0


def test_a_slow_drip_is_whole_in_the_end(faulty: Faulty) -> None:
    with faulty(_rule("slow_drip", calls=[1], seconds=0.002)) as (url, _):
        session, began = _session(url), time.monotonic()
        slow = _units(url, session)
        assert time.monotonic() - began > 0.3
        assert slow.content == _units(url, session).content


def test_pages_and_totals_move(faulty: Faulty) -> None:
    def ids(reply: Any) -> list[str]:
        return [unit["departmentId"] for unit in reply.json()["data"]["evaluation"]]

    def pagination(reply: Any) -> Any:
        return reply.json()["data"]["pagination"]

    with faulty() as (url, _):
        one, two, three = (_page(url, page) for page in (1, 2, 3))
        total = pagination(one)["total"]
    assert total == len({*ids(one), *ids(two), *ids(three)}) > 60

    def told(fault: str, page: int, size: int = 30) -> tuple[list[str], Any]:
        with faulty({"fault": fault, "service": "transparency", "from_call": 1}) as (url, _):
            reply = _page(url, page, size)
            return ids(reply), pagination(reply)

    assert told("page_twice", 2) == (ids(one), {**pagination(two)})
    assert told("page_missing", 2) == (ids(three), {**pagination(two)})
    assert told("stuck_page", 2) == (ids(one), {**pagination(one)})
    assert told("stuck_cursor", 3) == (ids(one), {**pagination(three)})
    assert told("moving_total", 2)[1]["total"] == total + 2
    last, numbers = told("last_page_of_one", 2)
    assert (len(last), numbers["totalPages"], numbers["total"]) == (1, 2, total)


@pytest.mark.parametrize(("fault", "factor"), [("page_twice", 2), ("page_missing", 0)])
def test_a_list_without_pages_comes_twice_or_empty(faulty: Faulty, fault: str, factor: int) -> None:
    with faulty(_rule(fault)) as (url, _):
        session = _session(url)
        spoilt, good = _units(url, session).json(), _units(url, session).json()
        assert spoilt["result"] == good["result"] * factor


def test_chance_follows_the_seed_and_limits_hold() -> None:
    def struck(seed: int, **more: Any) -> list[int]:
        rule = {"fault": "reset", "probability": 0.3, **more}
        schedule = FaultSchedule(FaultPlan.model_validate({"seed": seed, "faults": [rule]}))
        return [number for number in range(200) if schedule.next("/x", "y")]

    assert struck(1) == struck(1) != struck(2)
    assert 35 < len(struck(1)) < 85
    assert struck(1, times=2) == struck(1)[:2]


def test_a_plan_is_read_and_a_wrong_one_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("faults:\n  - {fault: status_503, service: DongBoHoSoMC, calls: [2], seconds: 1}\n")
    assert load_fault_plan(plan).faults[0].calls == (2,)
    for text, cause in (
        ("faults: [{fault: meteor, calls: [1]}]", "faults.0.fault"),
        ("faults: [{fault: reset}]", "say when by exactly one"),
        ("faults: [{fault: reset, calls: [1], from_call: 2}]", "say when by exactly one"),
        ("faults: [{fault: reset, calls: [0]}]", "numbered from 1"),
        ("faults: [", "cannot be read as YAML"),
    ):
        plan.write_text(text)
        with pytest.raises(FaultPlanError, match=cause):
            load_fault_plan(plan)
    with pytest.raises(FaultPlanError, match="No such file"):
        load_fault_plan(tmp_path / "none.yaml")
    with pytest.raises(SystemExit):
        main(["--faults", str(plan)])
    assert "cannot be read as YAML" in capsys.readouterr().err
