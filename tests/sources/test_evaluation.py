"""The evaluation adapter's manners: periods, pages, envelopes, identity, refusals."""

import datetime as dt
from typing import Any

import pytest
from source_double import (
    FIREWALL,
    HTML,
    PRESENT,
    ROOT_ID,
    Double,
    Reply,
    Request,
    evaluation_source,
    json_reply,
)

from decision766.sources import Connection, SourceAnswer, SourceError
from decision766.sources.evaluation import EvaluationAdapter, parse_decimal

UNITS = [{"departmentId": f"unit-{number}", "departmentName": f"Đơn vị {number}"} for number in range(1, 8)]


def _adapter(double: Double, **changes: Any) -> EvaluationAdapter:
    return EvaluationAdapter(evaluation_source(**changes), Connection(double.url))


def _fetch(double: Double, endpoint: str = "transparency", **changes: Any) -> list[SourceAnswer]:
    return list(_adapter(double, **changes).fetch(endpoint, cursor=None, observed_at=PRESENT))


def _page(request: Request, units: list[dict[str, Any]], total: int | None = None) -> Reply:
    """A page of metric-shaped units, as many as the request asks for."""
    size, page = request.payload["pageSize"], request.payload["currentPage"]
    shown = [{**unit, "metrics": [{"code": "DOSSIER_SYNC", "numerator": 1}]} for unit in units]
    data = {
        "overview": {"departmentId": ROOT_ID, "totalScore": 7.96, "metrics": []},
        "evaluation": shown[(page - 1) * size : page * size],
        "pagination": {
            "total": len(units) if total is None else total,
            "currentPage": page,
            "pageSize": size,
            "totalPages": -(-len(units) // size),
        },
    }
    return json_reply({"code": "OK", "data": data, "message": "OK"}, 201)


def _ids(answers: list[SourceAnswer]) -> list[str]:
    return [row["portal_unit_id"] for answer in answers for row in answer.records["published_group"]]


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 200])
def test_all_pages_are_read_once(double: Double, size: int) -> None:
    double.answer = lambda request: _page(request, UNITS)
    answers = _fetch(double, page_size=size)
    assert _ids(answers) == [ROOT_ID, *(unit["departmentId"] for unit in UNITS)]
    assert len(double.requests) == -(-len(UNITS) // size)


def test_a_list_that_moves_is_read_again_from_its_start(double: Double) -> None:
    calls = 0

    def answer(request: Request) -> Reply:
        nonlocal calls
        calls += 1
        return _page(request, UNITS[:6] if calls == 1 else UNITS)

    double.answer = answer
    assert _ids(_fetch(double, page_size=3)) == [ROOT_ID, *(unit["departmentId"] for unit in UNITS)]


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda request: _page(request, UNITS, total=9), "7 units came of 9 announced"),
        (lambda request: _page(request, [*UNITS[:3], *UNITS[:3]]), "a unit came twice"),
        (
            lambda request: _page(Request("", {}, {**request.payload, "currentPage": 1}), UNITS),
            "page 2 was asked for and page 1 came",
        ),
    ],
    ids=["short", "twice", "stuck"],
)
def test_an_incomplete_list_fails_and_yields_nothing(double: Double, answer: Any, cause: str) -> None:
    double.answer = answer
    got = []
    with pytest.raises(SourceError, match=cause) as raised:
        got.extend(_adapter(double, page_size=3).fetch("transparency", cursor=None, observed_at=PRESENT))
    assert raised.value.kind == "incomplete"
    assert got == []


def _tree(**root: Any) -> dict[str, Any]:
    parent = {"departmentId": ROOT_ID, "departmentCode": "H44", "totalReceived": 10, **root}
    child = {"departmentId": "unit-1", "departmentCode": "H44.01", "level": "PROVINCE", "totalReceived": 3}
    return {"code": "OK", "data": {"parent": parent, "children": [child], "monthlyChart": [{"month": "01"}]}}


@pytest.mark.parametrize("status", [200, 201])
def test_both_success_statuses_are_taken(double: Double, status: int) -> None:
    double.script = [json_reply(_tree(), status)]
    (answer,) = _fetch(double, "dvc-progress-tree")
    root, child = answer.records["published_group"]
    assert (root["unit_type"], child["unit_type"]) == ("PROVINCE", "PROVINCIAL_DEPARTMENT")
    assert root["parameters"]["monthlyChart"] == [{"month": "01"}]
    assert "monthlyChart" not in child["parameters"]


def test_missing_parts_and_new_numbers(double: Double) -> None:
    double.script = [json_reply(_tree(newCount=5, newText="x", newFlag=True))]
    (answer,) = _fetch(double, "dvc-progress-tree")
    rows = [row for row in answer.records["published_metric"] if row["portal_unit_id"] == ROOT_ID]
    assert [
        (row["metric_code"], row["indicator_code"], row["numerator"], row["denominator"]) for row in rows
    ] == [
        ("totalOnTime/totalReceived", "2.1", None, 10),
        ("newCount", None, 5, None),
    ]
    double.script = [json_reply(_tree(fullCount=3, authorityCount=9))]
    (answer,) = _fetch(double, "provide-online-tree", endpoints=["provide-online-tree"])
    first = answer.records["published_metric"][0]
    assert (first["indicator_code"], first["numerator"], first["denominator"]) == ("3.1", None, 9)


@pytest.mark.parametrize(
    ("reply", "kind", "cause"),
    [
        (json_reply({"code": "ERROR", "message": "secret"}, 201), "envelope", "code ERROR instead of OK"),
        (json_reply({"code": "OK", "data": [], "message": "secret"}), "envelope", "no data object"),
        (json_reply([1, 2]), "envelope", "no envelope"),
        (json_reply({"code": "OK", "data": {"overview": {}}}), "envelope", "lack overview or evaluation"),
        (json_reply(_tree(), 404), "envelope", "status 404, code OK"),
        (HTML, "unreadable", "HTML page"),
    ],
)
def test_a_bad_envelope_is_named(double: Double, reply: Reply, kind: str, cause: str) -> None:
    double.script = [reply]
    with pytest.raises(SourceError, match=cause) as raised:
        _fetch(double)
    assert raised.value.kind == kind
    assert "transparency" in str(raised.value)
    assert "year 2026" in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"departmentId": "other"}, "another unit"),
        ({"departmentCode": "H45"}, "does not carry the code H44"),
    ],
)
def test_an_answer_about_another_unit_is_refused(double: Double, change: dict[str, str], cause: str) -> None:
    double.script = [json_reply(_tree(**change))]
    with pytest.raises(SourceError, match=cause):
        _fetch(double, "dvc-progress-tree")


def test_a_child_of_another_province_is_refused(double: Double) -> None:
    body = _tree()
    body["data"]["children"][0]["departmentCode"] = "H4.01"
    double.script = [json_reply(body)]
    with pytest.raises(SourceError, match="unit 1 of the list does not belong to H44"):
        _fetch(double, "dvc-progress-tree")


@pytest.mark.parametrize(
    "reply",
    [json_reply({"code": "NO_DATA", "data": None}, 404), json_reply({"code": "OK", "data": None}, 201)],
)
def test_a_period_that_the_portal_does_not_hold(double: Double, reply: Reply) -> None:
    double.script = [reply]
    periods = [{"grain": "year", "from": 2026, "expected": False}]
    (answer,) = _fetch(double, periods=periods)
    assert answer.call["no_data"]
    assert answer.records == {"published_metric": [], "published_group": []}
    with pytest.raises(SourceError, match="no data for this expected period"):
        _fetch(double)


@pytest.mark.parametrize("reply", [FIREWALL, Reply(403, b"no"), Reply(429, b"")])
def test_after_a_refusal_no_call_follows(double: Double, reply: Reply) -> None:
    double.script = [reply]
    adapter = _adapter(double)
    for endpoint in adapter.entities():
        with pytest.raises(SourceError) as raised:
            list(adapter.fetch(endpoint, cursor=None, observed_at=PRESENT))
        assert raised.value.kind == "refused"
    assert len(double.requests) == 1


def test_how_each_endpoint_spells_period_and_procedure(double: Double) -> None:
    endpoints = ["transparency", "dossier-digitized", "handling-satisfaction"]
    double.answer = lambda request: json_reply({"code": "NO_DATA"})
    drill = {
        "procedure_code": "2.000815",
        "formality_id": "f-1",
        "periods": {"grain": "quarter", "from": "2026-Q3", "expected": False},
        "endpoints": endpoints[:2],
    }
    for endpoint in endpoints:
        _fetch(
            double,
            endpoint,
            endpoints=endpoints,
            periods=[{"grain": "month", "from": "2026-08", "to": "2026-08", "expected": False}],
            drill_down=[drill],
        )
    common = {"rootDepartmentId": ROOT_ID, "currentPage": 1, "pageSize": 200}
    month, quarter = (
        {"timeType": "month", "year": 2026, "month": 8, **common},
        {"timeType": "quarter", "year": 2026, "quarter": 3, **common},
    )
    assert [request.payload for request in double.requests] == [
        month,
        {**quarter, "formalityId": "f-1"},
        month,
        {**quarter, "formalityID": "f-1"},
        {"fromDate": "2026-08-01", "toDate": "2026-08-31", **common},
    ]


def test_closed_periods_are_read_again_until_they_have_settled(double: Double) -> None:
    double.answer = lambda request: json_reply(_tree(), 201)
    adapter = _adapter(
        double, periods=[{"grain": "month", "from": "2026-04"}], capture={"recheck_closed_days": 45}
    )
    cursor = adapter.next_cursor("dvc-progress-tree", cursor=None, observed_at=PRESENT)
    first = list(adapter.fetch("dvc-progress-tree", cursor=None, observed_at=PRESENT))
    again = list(
        adapter.fetch("dvc-progress-tree", cursor=cursor, observed_at=PRESENT + dt.timedelta(days=1))
    )
    assert [answer.call["month"] for answer in first] == [f"2026-0{month}" for month in range(4, 10)]
    assert [answer.call["month"] for answer in again] == ["2026-08", "2026-09"]


def test_numbers_keep_their_digits() -> None:
    assert str(parse_decimal(b'{"a": 1.10}')["a"]) == "1.10"
    assert str(parse_decimal(b'\xef\xbb\xbf{"a": 0.1000000000000000055}')["a"]) == "0.1000000000000000055"
    for body in (b'{"a": NaN}', b'{"a": Infinity}', b'{"a"'):
        with pytest.raises(ValueError, match=r"JSON|delimiter"):
            parse_decimal(body)
