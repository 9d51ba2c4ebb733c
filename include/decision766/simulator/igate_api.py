"""Interface family `igate`: one synthetic province as a one-stop system with Spring paging speaks.

POST /auth/realms/digo/protocol/openid-connect/token (a form, password grant) gives a bearer token that
lasts a number of calls; a call without a good one is answered 401 with an empty body. Lists are GET
with page, size and sort; `spec=slice` states no total. Windows are half-open spans of reception.

What real systems do and this one does too: `currentTask` is a list for some dossiers and an object
for others; date-times carry +0700, or are local and marked Z (`marks_local_z`).
"""

import base64
import datetime as dt
import threading
import uuid
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from decision766.simulator.exchange_dossiers import DossierRecords, Window, stamp
from decision766.simulator.model import Dossier
from decision766.simulator.world import World

IGATE_PROVINCE = "H12"
TOKEN_CALLS = 40
CLIENT_ID, USERNAME, PASSWORD = "decision766-reader", "igate", "standin-igate"
# Exchange code of TrangThaiHoSo → code of this system.
STATUS = {1: 0, 2: 16, 3: 6, 4: 2, 5: 1, 6: 3, 7: 12, 8: 8, 9: 4, 10: 5}


class Igate:
    """Tokens, lists and records of one province. Calls may come from several threads."""

    def __init__(self, world: World, province: str, *, token_calls: int, marks_local_z: bool) -> None:
        self._token_calls, self._mark = token_calls, "Z" if marks_local_z else "+0700"
        self._tokens: dict[str, int] = {}
        self._lock = threading.Lock()
        self.units = world.units[province]
        self._names = {unit.code: unit.name for unit in self.units}
        self._exchange = DossierRecords(world, province)
        self._dossiers = sorted(world.all_dossiers(province), key=lambda item: (item.received_at, _id(item)))
        self._by_id = {_id(item): item for item in self._dossiers}

    def grant(self, form: dict[str, list[str]]) -> bytes | None:
        """Return a token for the right client, user and password; None for others."""
        given = tuple(
            (form.get(name) or [""])[0] for name in ("grant_type", "client_id", "username", "password")
        )
        if given != ("password", CLIENT_ID, USERNAME, PASSWORD):
            return None
        claims = orjson.dumps({"jti": uuid.uuid4().hex, "azp": CLIENT_ID})
        parts = (b'{"alg":"none"}', claims, b"stand-in")
        token = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
        with self._lock:
            self._tokens[token] = self._token_calls
        return orjson.dumps({"access_token": token, "expires_in": 300, "token_type": "Bearer"})

    def admits(self, header: str) -> bool:
        """Whether the header carries a token that still lasts; counts the call."""
        token = header.removeprefix("Bearer ")
        with self._lock:
            left = self._tokens.get(token, 0)
            self._tokens[token] = left - 1
        return left > 0

    def search(self, start: dt.datetime | None, end: dt.datetime | None) -> list[Dossier]:
        """Dossiers received in [start, end), oldest first."""
        window = Window(start, end)
        return [dossier for dossier in self._dossiers if window.holds(dossier.received_at)]

    def fees(self, ids: Iterable[str]) -> list[dict[str, Any]]:
        """Fee rows of dossiers."""
        rows = []
        for key in ids:
            dossier = self._by_id.get(key)
            for fee in self._exchange.record(dossier)["DanhSachLePhi"] if dossier else ():
                rows.append(
                    {
                        "dossier": {"id": key},
                        "procost": {
                            "code": fee["MaPhiLePhi"],
                            "type": fee["LoaiPhiLePhi"],
                            "name": fee["TenPhiLePhi"],
                        },
                        "amount": fee["Gia"],
                        "paymentMethod": {"code": fee["HinhThucThu"]},
                    }
                )
        return rows

    def agencies(self) -> list[dict[str, Any]]:
        """Units, as name and code."""
        return [
            {
                "id": f"{place:024x}",
                "code": unit.code,
                "name": unit.name,
                "level": {"name": unit.type},
                "parent": {"code": unit.parent_code} if unit.parent_code else None,
            }
            for place, unit in enumerate(self.units, start=1)
        ]

    def digitization(self, start: dt.datetime | None, end: dt.datetime | None) -> list[dict[str, Any]]:
        """Digitisation counts by agency, over the dossiers received in [start, end)."""
        found: dict[str, list[Dossier]] = {unit.code: [] for unit in self.units}
        for dossier in self.search(start, end):
            found[dossier.unit_code].append(dossier)
        rows = []
        for code, dossiers in found.items():
            complete = [dossier for dossier in dossiers if dossier.finished_at]
            rows.append(
                {
                    "agency": {"code": code, "name": self._names[code]},
                    "totalReceiver": len(dossiers),
                    "totalReceiverHavingFile": sum(_has_file(dossier) for dossier in dossiers),
                    "totalComplete": len(complete),
                    "totalCompleteHavingFile": sum(
                        any(result.has_link for result in dossier.results) for dossier in complete
                    ),
                }
            )
        return rows

    def record(self, dossier: Dossier) -> dict[str, Any]:
        """Render a dossier in this system's form."""
        sent, person, noise = self._exchange.record(dossier), dossier.person, dossier.noise
        task = {
            "id": f"{noise:x}",
            "agency": {"code": dossier.unit_code, "name": self._names[dossier.unit_code]},
            "assignee": {"fullname": person.name},
        }
        return {
            "id": _id(dossier),
            "code": f"000.00.{noise % 90 + 10}.{dossier.code}",
            "nationCode": dossier.code,
            "procedure": {
                "id": f"{noise % 9_999:024x}",
                "code": sent["MaTTHC"],
                "sector": {"code": sent["MaLinhVuc"], "name": sent["TenLinhVuc"]},
            },
            "applicant": {
                "eformId": "5f3f3c2b4e1bd312a6f00007",
                "data": {
                    "fullname": person.name,
                    "identityNumber": person.id_number,
                    "phoneNumber": person.phone,
                    "email": person.email,
                    "address": person.address,
                    "birthday": "1988-02-29T00:00:00.000+0700",
                    "noidungyeucaugiaiquyet": sent["TrichYeuHoSo"],
                },
            },
            "applicantType": {"id": dossier.applicant_type},
            "applyMethod": {"id": dossier.channel},
            "appliedDate": self._moment(sent["NgayNopHoSo"]),
            "acceptedDate": self._moment(sent["NgayTiepNhan"]),
            "appointmentDate": self._moment(sent["NgayHenTra"]),
            "completedDate": self._moment(sent["NgayKetThucXuLy"]),
            "returnedDate": self._moment(sent["NgayTra"]),
            "rejectedDate": self._moment(sent["NgayTuChoi"]),
            "dossierStatus": {"id": STATUS[dossier.status]},
            "dossierReceivingKind": {"id": dossier.delivery},
            "paymentStatus": dossier.payment_flag,
            "currentTask": [task] if noise % 2 else task,
            "dossierFormFile": sent["TaiLieuNop"],
            "additionalRequests": [
                {
                    "id": f"BS-{dossier.code}-{place}",
                    "requestedDate": self._moment(stamp(item.requested_at)),
                    "receivedDate": self._moment(stamp(item.completed_at)),
                    "appointmentBefore": self._moment(stamp(item.promised_before)),
                    "appointmentAfter": self._moment(stamp(item.promised_after)),
                    "status": 2 if item.completed_at else 1,
                }
                for place, item in enumerate(dossier.supplements, start=1)
            ],
            "isVneid": dossier.vneid_verified,
        }

    def _moment(self, text: str) -> str | None:
        """Write an exchange date-time in this system's way."""
        if not text:
            return None
        day, clock = f"{text[:4]}-{text[4:6]}-{text[6:8]}", f"{text[8:10]}:{text[10:12]}:{text[12:]}"
        return f"{day}T{clock}.000{self._mark}"


def _id(dossier: Dossier) -> str:
    """The system's own key of a dossier, like an object id."""
    return uuid.uuid5(uuid.NAMESPACE_OID, dossier.code).hex[:24]


def _has_file(dossier: Dossier) -> bool:
    return any(component.has_file for component in dossier.components)


def _instant(text: str | None) -> dt.datetime | None:
    """Read a bound of a window: its local time is what counts, whatever the mark says."""
    return dt.datetime.fromisoformat(text[:19]) if text else None


def _json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json; charset=utf-8")


def igate_router(
    world: World, province: str, *, token_calls: int = TOKEN_CALLS, marks_local_z: bool = False
) -> APIRouter:
    """Return the routes of one province's system; mount them under a prefix."""
    igate = Igate(world, province, token_calls=token_calls, marks_local_z=marks_local_z)
    router = APIRouter()

    def guarded(request: Request) -> Response | None:
        return None if igate.admits(request.headers.get("authorization", "")) else Response(status_code=401)

    def paged(request: Request, rows: list[Any]) -> tuple[list[Any], dict[str, Any]]:
        page = int(request.query_params.get("page", "0"))
        size = min(int(request.query_params.get("size", "10")), 2_000)
        found = rows[page * size : (page + 1) * size]
        state: dict[str, Any] = {"number": page, "size": size, "numberOfElements": len(found)}
        state |= {"first": page == 0, "last": (page + 1) * size >= len(rows)}
        if request.query_params.get("spec") != "slice":
            state |= {"totalElements": len(rows), "totalPages": -(-len(rows) // size)}
        return found, state

    @router.post("/auth/realms/digo/protocol/openid-connect/token")
    async def token(request: Request) -> Response:
        reply = igate.grant(parse_qs((await request.body()).decode()))
        if reply is None:
            return _json({"error": "invalid_grant", "error_description": "Invalid user credentials"}, 401)
        return Response(reply, media_type="application/json")

    @router.get("/pa/dossier/search")
    def search(request: Request) -> Response:
        query = request.query_params
        found, state = paged(
            request, igate.search(_instant(query.get("accepted-from")), _instant(query.get("accepted-to")))
        )
        return guarded(request) or _json({"content": [igate.record(item) for item in found], **state})

    @router.get("/pa/dossier-fee/--by-dossiers")
    def fees(request: Request) -> Response:
        ids = request.query_params.get("dossier-ids", "").split(",")
        return guarded(request) or _json(igate.fees(ids))

    @router.get("/ba/agency/name+code")
    def agencies(request: Request) -> Response:
        found, state = paged(request, igate.agencies())
        return guarded(request) or _json({"content": found, **state})

    @router.get("/pa/kgg-digitize/digitization-by-agency")
    def digitization(request: Request) -> Response:
        query = request.query_params
        rows = igate.digitization(_instant(query.get("from-date")), _instant(query.get("to-date")))
        return guarded(request) or _json(rows)

    return router
