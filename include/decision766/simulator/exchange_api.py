"""Interface family `dvcqg_exchange`: each synthetic province behind its exchange gateway.

POST /exchange/login `{username, password}` with the routing header `dstcode` gives a session; POST
/exchange/service `{session, madonvi, service, tungay?, denngay?}` gives all records at once. Every
reply is HTTP 200. Codes of refusal: "01" wrong credentials, "02" unknown service, "03" unreadable
call, "04" madonvi of another province, "05" no routing header, "-1" session expired.

The provinces speak three dialects: H12 error_code 0 as a number; H17's bus wraps the result as JSON
text in `message`; H29 says "00".
"""

import datetime as dt
import hmac
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from decision766.simulator import exchange_catalogues as catalogues
from decision766.simulator.exchange_dossiers import DossierRecords, Window
from decision766.simulator.misbehaviour import Misbehaviour
from decision766.simulator.planting import Planting
from decision766.simulator.world import World

SESSION_CALLS = 40
CACHED_REPLIES = 48
STAMP = "%Y%m%d%H%M%S"
# `LayThuTuc` with this code answers the whole catalogue: an extension of the stand-in, H17 lacks it.
WHOLE_CATALOGUE = "*"

Code = int | str


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a province's gateway speaks and whom it lets in."""

    username: str
    password: str
    success: Code
    is_wrapped: bool = False
    answers_whole_catalogue: bool = True


DIALECTS: dict[str, Dialect] = {
    "H12": Dialect("h12", "standin-h12", 0),
    "H17": Dialect("h17", "standin-h17", "0", is_wrapped=True, answers_whole_catalogue=False),
    "H29": Dialect("h29", "standin-h29", "00"),
}


class CallError(Exception):
    """A call that the gateway refuses: error_code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Exchange:
    """Sessions, services and replies of the gateways. Calls may come from several threads."""

    def __init__(
        self,
        world: World,
        session_calls: int = SESSION_CALLS,
        misbehaviour: Misbehaviour | None = None,
        planting: Planting | None = None,
        cached_replies: int = CACHED_REPLIES,
    ) -> None:
        self._world, self._session_calls, self._cached_replies = world, session_calls, cached_replies
        self._misbehaviour = misbehaviour or Misbehaviour()
        self._sessions: dict[str, tuple[str, int]] = {}
        self._replies: OrderedDict[tuple[str, ...], bytes] = OrderedDict()
        self._lock = threading.RLock()
        self._records = {province: DossierRecords(world, province, misbehaviour) for province in world.units}
        self._windowed: dict[str, Callable[[str, Window], Iterable[dict[str, Any]]]] = {
            "DongBoHoSoMC": lambda province, window: self._records[province].dossiers(window),
            "CapNhatTienDoHoSoMC": lambda province, window: self._records[province].events(window),
            "LayBienNhanDongBo": self._naming_dossiers(catalogues.sync_receipts),
            "LayDanhSachPAKN": self._naming_dossiers(catalogues.petitions),
            "DongBoDanhGia": self._naming_dossiers(catalogues.ratings),
            "LayBanSaoChungThuc": self._naming_dossiers(catalogues.certified_copies),
        }
        self._whole: dict[str, Callable[[str], Iterable[dict[str, Any]]]] = {
            "LayDanhMucDonVi": lambda province: catalogues.org_units(world, province),
            "LayDanhSachTTHC": lambda _province: [{"MATTHC": p.code} for p in world.procedures],
            "LayThamQuyen": lambda province: catalogues.authorities(world, province),
            "LayDichVuCong": lambda province: catalogues.services(world, province),
            "LayBoPhanTTHC": lambda province: catalogues.procedure_parts(world, province),
            "LayQuyetDinhCongBo": lambda province: catalogues.decisions(world, province),
            "LayTongHopBCQG": lambda province: catalogues.totals(world.national_totals, province),
            "LayTongHopCongDVC": lambda province: catalogues.totals(world.portal_totals, province),
        }
        self._planting = planting
        if planting:
            planting.plan(world, lambda service, province: self._records_of(province, service, Window()))

    def _naming_dossiers(
        self, records: Callable[[World, str, Window], Iterable[dict[str, Any]]]
    ) -> Callable[[str, Window], Iterable[dict[str, Any]]]:
        """A service whose records name dossiers, misbehaviour included."""
        return lambda province, window: self._misbehaviour.references(records(self._world, province, window))

    def login(self, body: Mapping[str, Any], dstcode: str | None) -> bytes:
        """Open a session for whoever names a province's user and password."""
        if not dstcode:
            raise CallError("05", "header dstcode is missing")
        for province, dialect in DIALECTS.items():
            matches = hmac.compare_digest(str(body.get("username")).encode(), dialect.username.encode())
            matches &= hmac.compare_digest(str(body.get("password")).encode(), dialect.password.encode())
            if matches and province in self._world.units:
                session = uuid.uuid4().hex
                with self._lock:
                    self._sessions[session] = (province, self._session_calls)
                return orjson.dumps({"error_code": dialect.success, "session": session})
        raise CallError("01", "Sai tên đăng nhập hoặc mật khẩu")

    def service(self, body: Mapping[str, Any]) -> bytes:
        """Answer one call of a service, as bytes."""
        province = self._enter(str(body.get("session")))
        asked = str(body.get("madonvi") or "")
        if asked.partition(".")[0] != province:
            raise CallError("04", "madonvi không thuộc quyền của tài khoản")
        key = tuple(str(body.get(name) or "") for name in ("service", "mathutuc", "tungay", "denngay"))
        with self._lock:
            reply = self._replies.get((province, *key))
            if reply is None:
                reply = self._wrap(DIALECTS[province], self._result(province, *key))
                self._replies[province, *key] = reply
                while len(self._replies) > self._cached_replies:
                    self._replies.popitem(last=False)
        return reply

    def _enter(self, session: str) -> str:
        with self._lock:
            province, left = self._sessions.get(session, ("", 0))
            if left <= 0:
                self._sessions.pop(session, None)
                raise CallError("-1", "Phiên làm việc đã hết hạn (session expired)")
            self._sessions[session] = (province, left - 1)
        return province

    def _result(self, province: str, service: str, code: str, start: str, end: str) -> list[dict[str, Any]]:
        if service == "LayThuTuc":
            records: Iterable[dict[str, Any]] = self._procedures(province, code)
        elif service in self._whole or service in self._windowed:
            records = self._records_of(province, service, Window(_moment(start), _moment(end)))
        else:
            raise CallError("02", "Dịch vụ không tồn tại")
        return list(self._planting.spoil(service, records) if self._planting else records)

    def _records_of(self, province: str, service: str, window: Window) -> Iterable[dict[str, Any]]:
        """All records of a service as they truly are; a window counts where the service knows one."""
        if service in self._whole:
            return self._whole[service](province)
        return self._windowed[service](province, window)

    def _procedures(self, province: str, code: str) -> list[dict[str, Any]]:
        if code == WHOLE_CATALOGUE and DIALECTS[province].answers_whole_catalogue:
            return [catalogues.procedure_record(procedure) for procedure in self._world.procedures]
        procedure = self._world.procedures_by_code.get(code)
        return [catalogues.procedure_record(procedure)] if procedure else []

    def _wrap(self, dialect: Dialect, result: list[dict[str, Any]]) -> bytes:
        if dialect.is_wrapped:
            text = orjson.dumps({"result": result}).decode()
            return orjson.dumps({"error_code": dialect.success, "message": text})
        plain = {"error_code": dialect.success, "message": "", "result": result}
        return orjson.dumps(self._misbehaviour.envelope(plain))


def _moment(text: str) -> dt.datetime | None:
    if not text:
        return None
    try:
        return dt.datetime.strptime(text, STAMP)  # noqa: DTZ007 - the exchange speaks local time
    except ValueError:
        raise CallError("03", "tungay, denngay: yyyyMMddHHmmss") from None


def exchange_router(
    world: World,
    session_calls: int = SESSION_CALLS,
    misbehaviour: Misbehaviour | None = None,
    planting: Planting | None = None,
    cached_replies: int = CACHED_REPLIES,
) -> APIRouter:
    """Return the routes of the gateways. cached_replies: of so many calls the reply is kept ready."""
    exchange = Exchange(world, session_calls, misbehaviour, planting, cached_replies)
    router = APIRouter(prefix="/exchange")

    async def answer(request: Request, call: Callable[[Mapping[str, Any]], bytes]) -> Response:
        try:
            body = orjson.loads(await request.body())
            if not isinstance(body, dict):
                raise CallError("03", "the body is no JSON object")
            reply = await run_in_threadpool(call, body)
        except orjson.JSONDecodeError:
            reply = orjson.dumps({"error_code": "03", "message": "the body is no JSON"})
        except CallError as error:
            reply = orjson.dumps({"error_code": error.code, "message": error.message})
        return Response(reply, media_type="application/json; charset=utf-8")

    @router.post("/login")
    async def login(request: Request) -> Response:
        dstcode = request.headers.get("dstcode")
        return await answer(request, lambda body: exchange.login(body, dstcode))

    @router.post("/service")
    async def service(request: Request) -> Response:
        return await answer(request, exchange.service)

    return router
