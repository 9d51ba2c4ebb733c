"""Interface family `dvcqg_evaluation`: the national portal's evaluation API, without login.

Success is HTTP 201 with `{"code": "OK", "data": …, "message": "OK"}`; a refused call answers 4xx with
another code: BAD_REQUEST, DEPARTMENT_NOT_FOUND, FORMALITY_NOT_FOUND, NO_DATA.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from decision766.simulator.catalogue_data import CERTIFIED_COPY
from decision766.simulator.evaluation_shapes import SHAPERS, Sheet, service_results
from decision766.simulator.misbehaviour import Misbehaviour
from decision766.simulator.model import Unit
from decision766.simulator.periods import Period
from decision766.simulator.places import portal_id
from decision766.simulator.recordings import Recordings
from decision766.simulator.world import World

PREFIX = "/api/v1/reporting"
PAGED = {"transparency", "dossier-digitized", "handling-satisfaction"}
MAX_PAGE, FORMALITIES_PAGE = 200, 10
PROCEDURE_KEY = {"dossier-digitized": "formalityID", "handling-satisfaction": None}
SPANS = {28: "month", 29: "month", 30: "month", 31: "month", 90: "quarter", 91: "quarter", 92: "quarter"}


class Refused(Exception):
    """A call that the portal refuses: HTTP status, code of the envelope, message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def _envelope(status: int, code: str, data: Any, message: str) -> Response:
    body = orjson.dumps({"code": code, "data": data, "message": message})
    return Response(body, status, media_type="application/json; charset=utf-8")


def _number(body: Mapping[str, Any], key: str, default: int | None = None) -> int:
    value = body.get(key, default)
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise Refused(400, "BAD_REQUEST", f"{key} must be a positive whole number")
    return value


def _day(body: Mapping[str, Any], key: str) -> dt.date:
    try:
        return dt.date.fromisoformat(str(body.get(key)))
    except ValueError:
        raise Refused(400, "BAD_REQUEST", f"{key} must be a date, yyyy-mm-dd") from None


def period_of(body: Mapping[str, Any]) -> Period:
    """Read the period of a call: timeType with year, month or quarter, or fromDate and toDate.

    Raises:
        Refused: the call names no month, quarter or year.
    """
    if "fromDate" in body or "toDate" in body:
        first, last = _day(body, "fromDate"), _day(body, "toDate")
        grain = SPANS.get((last - first).days + 1, "year")
        period = Period(grain, first)
        if Period.holding(grain, first) != period or period.last_moment.date() != last:
            raise Refused(400, "BAD_REQUEST", "fromDate and toDate must bound a month, quarter or year")
        return period
    grain, year = str(body.get("timeType")), _number(body, "year")
    month = 1
    if grain == "month":
        month = _number(body, "month")
    elif grain == "quarter":
        month = _number(body, "quarter") * 3 - 2
    elif grain != "year":
        raise Refused(400, "BAD_REQUEST", "timeType must be month, quarter or year")
    if not (1 <= month <= 12 and 2000 <= year <= 2100):
        raise Refused(400, "BAD_REQUEST", "no such period")
    return Period(grain, dt.date(year, month, 1))


def _paged(data: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """Cut the unit list to the page asked for; the total is what the stand-in holds."""
    units = data["evaluation"]
    page, size = _number(body, "currentPage", 1), min(MAX_PAGE, _number(body, "pageSize", MAX_PAGE))
    pagination = _pagination(len(units), page, size)
    shown = {**data, "evaluation": units[(page - 1) * size : page * size], "pagination": pagination}
    shown["source"] = shown.pop("source")  # the real answer ends with its source
    return shown


def _pagination(total: int, page: int, size: int) -> dict[str, int]:
    return {"total": total, "currentPage": page, "pageSize": size, "totalPages": max(1, -(-total // size))}


class EvaluationApi:
    """Answers calls from a world and from recordings."""

    def __init__(
        self, world: World, recordings: Recordings, misbehaviour: Misbehaviour | None = None
    ) -> None:
        self._world, self._recordings = world, recordings
        self._misbehaviour = misbehaviour or Misbehaviour()
        self._roots = {portal_id("unit", code): members[0] for code, members in world.units.items()}
        self._formalities = self._catalogue()
        self._procedures = {item["id"]: item["code"] for item in self._formalities}
        self._cache: dict[tuple[str, str, Period, str | None], dict[str, Any]] = {}

    def evaluate(self, endpoint: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the data of one call.

        Raises:
            Refused: unknown endpoint, root, procedure or period, or a malformed call.
        """
        if endpoint == "service-results":
            return self._service_results(body)
        if endpoint not in SHAPERS:
            raise Refused(404, "NOT_FOUND", "no such endpoint")
        period = period_of(body)
        key = PROCEDURE_KEY.get(endpoint, "formalityId")
        formality = str(body[key]) if key and body.get(key) else None
        root = body.get("rootDepartmentId")
        if root == self._recordings.root_id:
            data = self._recordings.answer(endpoint, period.grain, period.start.isoformat(), formality)
            if data is None:
                raise Refused(404, "NO_DATA", "Không có dữ liệu: nothing was recorded for this call")
        elif root in self._roots:
            data = self._computed(endpoint, self._roots[root], period, formality)
        else:
            raise Refused(404, "DEPARTMENT_NOT_FOUND", "no such rootDepartmentId")
        data = self._misbehaviour.sheet(data)
        return _paged(data, body) if endpoint in PAGED else dict(data)

    def formalities(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a page of ten procedures, those that match `q` in code or name if it is given."""
        wanted = str(body.get("q") or "").strip().casefold()
        page = _number(body, "currentPage", 1)
        size = min(FORMALITIES_PAGE, _number(body, "pageSize", FORMALITIES_PAGE))
        found = [
            item
            for item in self._formalities
            if wanted in item["code"].casefold() or wanted in item["name"].casefold()
        ]
        shown = found[(page - 1) * size : page * size]
        return {"items": shown, "pagination": _pagination(len(found), page, size)}

    def _computed(self, endpoint: str, root: Unit, period: Period, formality: str | None) -> dict[str, Any]:
        procedure = None
        if formality is not None:
            procedure = self._procedures.get(formality)
            if procedure is None:
                raise Refused(404, "FORMALITY_NOT_FOUND", "no such procedure")
        if period not in self._world.periods:
            raise Refused(404, "NO_DATA", "Không có dữ liệu: the world holds nothing for this period")
        key = (endpoint, root.code, period, procedure)
        if key not in self._cache:
            self._cache[key] = SHAPERS[endpoint](Sheet(self._world, root, period, procedure))
        return self._cache[key]

    def _service_results(self, body: Mapping[str, Any]) -> dict[str, Any]:
        if body.get("departmentType") != "ADMINISTRATIVE_UNIT":
            raise Refused(400, "BAD_REQUEST", "departmentType must be ADMINISTRATIVE_UNIT")
        period = period_of(body)
        if period not in self._world.periods:
            raise Refused(404, "NO_DATA", "Không có dữ liệu: the world holds nothing for this period")
        return service_results(self._world, period, list(self._roots.values()))

    def _catalogue(self) -> list[dict[str, Any]]:
        applied: dict[str, list[str]] = {}
        for rows in self._world.authorities.values():
            for row in rows:
                applied.setdefault(row.procedure_code, []).append(portal_id("unit", row.unit_code))
        items = []
        for procedure in self._world.procedures:
            publisher = portal_id("unit", procedure.publishing_unit_code)
            if procedure.code == CERTIFIED_COPY:
                items.append(self._recordings.formality)
                continue
            items.append(
                {
                    "id": portal_id("formality", procedure.code),
                    "code": procedure.code,
                    "name": procedure.name,
                    "state": "ACTIVE" if procedure.is_public else "UPDATED",
                    "departmentId": publisher,
                    "publishingDepartmentIds": [publisher],
                    "appliedDepartmentIds": applied.get(procedure.code, []),
                }
            )
        return items


def evaluation_router(
    world: World, recordings: Recordings, misbehaviour: Misbehaviour | None = None
) -> APIRouter:
    """Return the routes of the evaluation API."""
    api, router = EvaluationApi(world, recordings, misbehaviour), APIRouter(prefix=PREFIX)

    async def body_of(request: Request) -> dict[str, Any]:
        try:
            body = orjson.loads(await request.body())
        except orjson.JSONDecodeError:
            raise Refused(400, "BAD_REQUEST", "the body is no JSON") from None
        if not isinstance(body, dict):
            raise Refused(400, "BAD_REQUEST", "the body is no JSON object")
        return body

    @router.post("/evaluation/{endpoint}")
    async def evaluate(endpoint: str, request: Request) -> Response:
        try:
            data = await run_in_threadpool(api.evaluate, endpoint, await body_of(request))
        except Refused as refused:
            return _envelope(refused.status, refused.code, None, refused.message)
        return _envelope(201, "OK", data, "OK")

    @router.post("/formalities")
    async def formalities(request: Request) -> Response:
        try:
            data = api.formalities(await body_of(request))
        except Refused as refused:
            return _envelope(refused.status, refused.code, None, refused.message)
        return _envelope(201, "OK", data, "OK")

    return router
