"""The exchange gateways: three dialects, sessions that end, windows, and records that misbehave."""

import itertools
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from decision766.simulator.exchange_api import SESSION_CALLS
from decision766.simulator.world import World

PROVINCES = ("H12", "H17", "H29")


def login(client: TestClient, province: str) -> str:
    user = province.lower()
    body = {"username": user, "password": f"standin-{user}"}
    reply = client.post("/exchange/login", json=body, headers={"dstcode": province}).json()
    assert str(reply["error_code"]) in ("0", "00")
    return str(reply["session"])


def call(client: TestClient, session: str, province: str, service: str, **more: str) -> dict[str, Any]:
    body = {"session": session, "madonvi": province, "service": service, **more}
    answer = client.post("/exchange/service", json=body)
    assert answer.status_code == 200
    reply: dict[str, Any] = answer.json()
    return reply


def records(client: TestClient, province: str, service: str, **more: str) -> list[dict[str, Any]]:
    reply = call(client, login(client, province), province, service, **more)
    if province == "H17":
        reply = json.loads(reply["message"])
    found: list[dict[str, Any]] = reply["result"]
    return found


def test_dialects(client: TestClient) -> None:
    replies = {p: call(client, login(client, p), p, "LayDanhMucDonVi") for p in PROVINCES}
    assert [replies[p]["error_code"] for p in PROVINCES] == [0, "0", "00"]
    assert "result" not in replies["H17"]
    assert isinstance(json.loads(replies["H17"]["message"])["result"], list)


def test_entry_is_guarded(client: TestClient) -> None:
    wrong = client.post(
        "/exchange/login", json={"username": "h12", "password": "no"}, headers={"dstcode": "H12"}
    )
    assert wrong.json()["error_code"] == "01"
    body = {"username": "h12", "password": "standin-h12"}
    assert client.post("/exchange/login", json=body).json()["error_code"] == "05"
    session = login(client, "H12")
    assert call(client, session, "H29", "LayDanhMucDonVi")["error_code"] == "04"
    assert call(client, session, "H12", "Nothing")["error_code"] == "02"
    assert call(client, session, "H12", "DongBoHoSoMC", tungay="yesterday")["error_code"] == "03"
    assert call(client, "none", "H12", "LayDanhMucDonVi")["error_code"] == "-1"
    assert client.post("/exchange/service", content=b"[").json()["error_code"] == "03"


def test_a_session_ends_after_its_calls(client: TestClient) -> None:
    session = login(client, "H12")
    codes = [
        call(client, session, "H12", "LayQuyetDinhCongBo")["error_code"] for _ in range(SESSION_CALLS + 1)
    ]
    assert codes == [0] * SESSION_CALLS + ["-1"]
    assert records(client, "H12", "LayQuyetDinhCongBo")


@pytest.mark.parametrize("province", PROVINCES)
def test_dossiers_are_complete(client: TestClient, world: World, province: str) -> None:
    found = records(client, province, "DongBoHoSoMC")
    codes = {record["MaHoSo"] for record in found} - {""}
    assert codes == {dossier.code for dossier in world.all_dossiers(province)}
    assert len(found) > len(codes)


def test_windows_are_half_open_and_cover_everything(client: TestClient, world: World) -> None:
    for service in ("DongBoHoSoMC", "CapNhatTienDoHoSoMC", "LayBienNhanDongBo", "LayDanhSachPAKN"):
        whole = records(client, "H12", service)
        cuts = ["20260101000000", "20260501000000", "20260801000000", f"{world.present:%Y%m%d%H%M%S}"]
        parts = [
            record
            for start, end in itertools.pairwise(cuts)
            for record in records(client, "H12", service, tungay=start, denngay=end)
        ]
        key = json.dumps
        assert sorted(map(key, parts)) == sorted(map(key, whole))
        assert records(client, "H12", service, tungay=cuts[-1]) == []


def test_the_whole_catalogue_and_one_procedure(client: TestClient, world: World) -> None:
    listed = [row["MATTHC"] for row in records(client, "H29", "LayDanhSachTTHC")]
    assert listed == [procedure.code for procedure in world.procedures]
    whole = records(client, "H29", "LayThuTuc", mathutuc="*")
    assert [row["MATTHC"] for row in whole] == listed
    assert records(client, "H17", "LayThuTuc", mathutuc=listed[0]) == whole[:1]
    assert records(client, "H17", "LayThuTuc", mathutuc="*") == []
    assert records(client, "H29", "LayThuTuc", mathutuc="0.000000") == []


def test_scalars_are_strings_and_misbehaviour_is_on(client: TestClient) -> None:
    found = [record for province in PROVINCES for record in records(client, province, "DongBoHoSoMC")]
    assert all(isinstance(value, str | list) for record in found for value in record.values())
    suffixed = {record["MaTTHC"].count(".") for record in found}
    assert suffixed == {1, 2, 5}
    assert any("KenhThucHien" not in record for record in found)
    assert any("NguoiNopThay" in record for record in found)
    amounts = {fee["Gia"] for record in found for fee in record["DanhSachLePhi"]}
    assert "Không" in amounts
    assert any("." in amount for amount in amounts)
    flags = {paper["DuocSoHoa"] for record in found for paper in record["TaiLieuNop"]}
    assert flags == {"0", "1"}
    places: dict[str, list[str]] = {}
    for record in found:
        places.setdefault(record["MaHoSo"], []).append(record["TrangThaiHoSo"])
    twice = [statuses for code, statuses in places.items() if code and len(statuses) > 1]
    assert {statuses[0] == "2" for statuses in twice} == {True, False}


def test_inputs_of_our_own_keep_their_json_types(client: TestClient, world: World) -> None:
    units = records(client, "H17", "LayDanhMucDonVi")
    assert len(units) == len(world.units["H17"])
    assert units[0]["parent_code"] is None
    decisions = records(client, "H12", "LayQuyetDinhCongBo")
    assert all(isinstance(row["is_local"], bool) for row in decisions)
    receipts = records(client, "H29", "LayBienNhanDongBo")
    share = len(receipts) / sum(1 for _ in world.all_dossiers("H29"))
    assert 0.97 <= share < 1
    totals = records(client, "H17", "LayTongHopBCQG")
    assert "H17" not in {row["unit_code"] for row in totals}
    assert {row["period_start"][:4] for row in totals} == {"2025", "2026"}
    petitions = records(client, "H29", "LayDanhSachPAKN")
    assert all(row["LichSu"] and row["TotalPages"] == "1" for row in petitions)
