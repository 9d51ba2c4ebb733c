"""The evaluation API: recorded answers to the digit, synthetic ones in the recorded shapes."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from decision766.simulator.places import portal_id
from decision766.simulator.recordings import FOLDER, FORMALITY_ID, ROOT_ID
from decision766.simulator.world import World

BASE = "/api/v1/reporting"
ENDPOINTS = (
    "transparency",
    "dvc-progress-tree",
    "provide-online-tree",
    "formality-online-payment-tree",
    "dossier-digitized",
    "handling-satisfaction",
)
MONTH = {"timeType": "month", "year": 2026, "month": 8, "currentPage": 1, "pageSize": 200}


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return found


def ask(client: TestClient, endpoint: str, **body: object) -> dict[str, Any]:
    answer = client.post(f"{BASE}/evaluation/{endpoint}", json=body)
    assert answer.status_code == 201
    envelope: dict[str, Any] = answer.json()
    assert (envelope["code"], envelope["message"]) == ("OK", "OK")
    data: dict[str, Any] = envelope["data"]
    return data


def month_for(endpoint: str, root: str) -> dict[str, object]:
    if endpoint == "handling-satisfaction":
        return {"fromDate": "2026-08-01", "toDate": "2026-08-31", "rootDepartmentId": root}
    return {**MONTH, "rootDepartmentId": root}


def keys(value: object) -> object:
    """Key lists of a JSON value, in order; of a list, those of its first element."""
    if isinstance(value, dict):
        return [(key, keys(inner)) for key, inner in value.items()]
    if isinstance(value, list):
        return [keys(value[0])] if value else []
    return None


def units_of(data: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = data["evaluation"] if "evaluation" in data else data["children"]
    return found


@pytest.mark.parametrize("name", sorted(p.name for p in FOLDER.glob("*.year-all.json")))
def test_recorded_year_is_served_exactly(client: TestClient, name: str) -> None:
    recorded, endpoint = read(name), name.partition(".")[0]
    data = ask(client, endpoint, **recorded["payload"])
    root = "overview" if "overview" in recorded else "parent"
    assert data[root] == recorded[root]
    assert units_of(data) == recorded["units"]
    if "pagination" in data:
        assert data["pagination"]["total"] == len(recorded["units"])
        assert data["pagination"]["totalPages"] == 1


@pytest.mark.parametrize("name", sorted(p.name for p in FOLDER.glob("*.month-formality.json")))
def test_recorded_procedure_is_served_exactly(client: TestClient, name: str) -> None:
    recorded = read(name)
    data = ask(client, name.partition(".")[0], **recorded["payload"])
    assert data["parent"] == recorded["parent"]
    assert data["children"] == recorded["units"]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_shapes_equal_the_recordings(client: TestClient, endpoint: str) -> None:
    envelope = read(f"envelope.{endpoint}.json")["data"]
    data = ask(client, endpoint, **month_for(endpoint, portal_id("unit", "H12")))
    assert keys(data) == keys(envelope)
    kinds = {type(value) for unit in units_of(data) for value in unit.values()}
    assert kinds <= {int, float, str, list, type(None)}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_every_unit_comes_once(client: TestClient, world: World, endpoint: str) -> None:
    data = ask(client, endpoint, **month_for(endpoint, portal_id("unit", "H17")))
    ids = [unit["departmentId"] for unit in units_of(data)]
    wanted = sorted(world.units["H17"][1:], key=lambda unit: unit.code)
    assert ids == [portal_id("unit", unit.code) for unit in wanted]


def test_pages_are_bounded_and_complete(client: TestClient) -> None:
    body = {**MONTH, "rootDepartmentId": portal_id("unit", "H29"), "pageSize": 50}
    pages = [ask(client, "transparency", **{**body, "currentPage": page}) for page in (1, 2, 3, 4, 5)]
    assert [len(page["evaluation"]) for page in pages] == [50, 50, 50, 34, 0]
    assert pages[0]["pagination"] == {"total": 184, "currentPage": 1, "pageSize": 50, "totalPages": 4}
    assert ask(client, "transparency", **{**body, "pageSize": 5000})["pagination"]["pageSize"] == 200


def test_numbers_are_the_published_ones(client: TestClient, world: World) -> None:
    month = next(p for p in world.periods if p.grain == "month" and p.start.month == 8)
    scores = world.published(month)
    data = ask(client, "dvc-progress-tree", **{**MONTH, "rootDepartmentId": portal_id("unit", "H12")})
    for unit in data["children"]:
        progress = scores[unit["departmentCode"]].figures["2.1"]
        assert unit["score"] == float(progress.score or 0)
        assert (unit["totalOnTime"], unit["totalReceived"]) == (progress.numerator, progress.denominator)
    digitised = ask(client, "dossier-digitized", **{**MONTH, "rootDepartmentId": portal_id("unit", "H12")})
    for unit in digitised["evaluation"]:
        assert unit["totalScore"] == float(scores[unit["departmentCode"]].group_score("MDSH"))


def test_null_and_zero_conventions(client: TestClient) -> None:
    root = portal_id("unit", "H29")
    nobody = portal_id("unit", "H29.267")  # the last commune receives nothing
    shown = {
        endpoint: next(
            unit
            for unit in units_of(ask(client, endpoint, **month_for(endpoint, root)))
            if unit["departmentId"] == nobody
        )
        for endpoint in ENDPOINTS
    }
    assert (shown["dvc-progress-tree"]["ratio"], shown["dvc-progress-tree"]["score"]) == (0, 0)
    digitised = {metric["code"]: metric for metric in shown["dossier-digitized"]["metrics"]}
    assert digitised["ORIGINAL_RESULT_AVAILABLE"]["score"] is None
    assert digitised["ELECTRONIC_CERTIFIED_COPY"]["numerator"] is None
    satisfied = {metric["code"]: metric for metric in shown["handling-satisfaction"]["metrics"]}
    assert satisfied["DOSSIER_RECEIVING_SATISFACTION"]["score"] == 0
    assert satisfied["PETITION_CLASSIFICATION_TTHC"]["maxScore"] == 0


def test_procedure_filter(client: TestClient) -> None:
    body = {**MONTH, "rootDepartmentId": portal_id("unit", "H17")}
    whole = ask(client, "dossier-digitized", **body)["overview"]
    single = ask(client, "dossier-digitized", **body, formalityID=FORMALITY_ID)["overview"]
    assert ask(client, "dossier-digitized", **body, formalityId=FORMALITY_ID)["overview"] == whole
    assert (whole["totalMaxScore"], single["totalMaxScore"]) == (22, 20)
    assert "CITIZEN_DATA_CONNECTED_FORMALITY" not in {metric["code"] for metric in single["metrics"]}
    assert 0 < single["metrics"][0]["denominator"] < whole["metrics"][0]["denominator"]
    payment = ask(client, "formality-online-payment-tree", **body)["parent"]
    narrowed = ask(client, "formality-online-payment-tree", **body, formalityId=FORMALITY_ID)["parent"]
    assert narrowed["totalFeeFormality"] == payment["totalFeeFormality"]
    assert narrowed["totalDossierFinancialObligation"] < payment["totalDossierFinancialObligation"]
    public = ask(client, "transparency", **body, formalityId=FORMALITY_ID)["overview"]["metrics"]
    assert [metric["denominator"] for metric in public[:3]] == [0, 0, 0]
    assert [metric["score"] for metric in public[:3]] == [None, None, None]


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"rootDepartmentId": "nobody"}, 404, "DEPARTMENT_NOT_FOUND"),
        ({"month": 1}, 404, "NO_DATA"),
        ({"month": 13}, 400, "BAD_REQUEST"),
        ({"timeType": "week"}, 400, "BAD_REQUEST"),
        ({"formalityId": "nothing"}, 404, "FORMALITY_NOT_FOUND"),
        ({"rootDepartmentId": ROOT_ID, "month": 7}, 404, "NO_DATA"),
        ({"currentPage": 0}, 400, "BAD_REQUEST"),
    ],
)
def test_refusals(client: TestClient, changed: dict[str, object], status: int, code: str) -> None:
    body = {**MONTH, "rootDepartmentId": portal_id("unit", "H12"), **changed}
    answer = client.post(f"{BASE}/evaluation/transparency", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_service_results_sum_up_the_groups(client: TestClient) -> None:
    data = ask(client, "service-results", timeType="year", year=2026, departmentType="ADMINISTRATIVE_UNIT")
    assert data["overview"]["departmentName"] == "Cả nước"
    assert len(data["evaluation"]) == 3
    for province in data["evaluation"]:
        assert set(province["groupScores"]) == {"CKMB", "TDGQ", "CLGQ", "TTTT", "MDHL", "MDSH"}
        assert province["totalScore"] == pytest.approx(sum(province["groupScores"].values()))


def test_formalities_are_paged_by_ten(client: TestClient, world: World) -> None:
    first = client.post(f"{BASE}/formalities", json={"currentPage": 1, "pageSize": 10}).json()["data"]
    assert keys(first["items"][-1]) == keys(read("envelope.formalities.by-code.json")["data"]["items"][0])
    codes = []
    for page in range(1, first["pagination"]["totalPages"] + 1):
        found = client.post(f"{BASE}/formalities", json={"currentPage": page, "pageSize": 10}).json()["data"]
        codes += [item["code"] for item in found["items"]]
    assert sorted(codes) == sorted(procedure.code for procedure in world.procedures)
    found = client.post(f"{BASE}/formalities", json={"q": "2.000815", "currentPage": 1}).json()["data"]
    assert found["items"] == read("envelope.formalities.by-code.json")["data"]["items"]


def test_health_names_the_roots(client: TestClient) -> None:
    health = client.get("/healthz").json()
    assert health["status"] == "ok"
    assert health["roots"]["H44"] == ROOT_ID
    assert set(health["roots"]) == {"H12", "H17", "H29", "H44"}
