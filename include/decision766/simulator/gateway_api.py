"""Interface family `dvcqg_gateway`: the old public gateway, POST /jsp/rest.jsp with one field `params`.

`report_tinh_766_service` answers the captures of October 2025 (dbt_project/seeds), every value a
string, legacy codes as they came; `procedure_advanced_search_service_v2` lists the world's procedures.
Other periods and services answer an empty array, as the gateway did.
"""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from decision766.settings import get_settings
from decision766.simulator.world import World

REPORT = "report_tinh_766_service"
CATALOGUE = "procedure_advanced_search_service_v2"
_SCORES = ("TDGQ", "MDHL", "MDSH", "TTTT", "CLGQ", "CKMB", "TONG_SCORE")


def captured_scores(file: Path | None = None) -> dict[tuple[str, str], list[dict[str, str]]]:
    """Return the captured rows by (grain, period), in the order in which they were published."""
    path = file or get_settings().project_root / "dbt_project" / "seeds" / "published_group_scores_2025.csv"
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found.setdefault((row["period_grain"], row["period"]), []).append(row)
    return found


class Gateway:
    """Answers calls of the gateway."""

    def __init__(self, world: World) -> None:
        self._world, self._scores = world, captured_scores()

    def rows(self, params: Mapping[str, Any]) -> list[dict[str, str]]:
        """All rows of a service, numbered; a page of them is cut by the caller."""
        if params.get("service") == REPORT:
            rows = self._report(params)
        elif params.get("service") == CATALOGUE:
            rows = self._catalogue()
        else:
            rows = []
        return [{**row, "ROW_STT": str(number)} for number, row in enumerate(rows, start=1)]

    def _report(self, params: Mapping[str, Any]) -> list[dict[str, str]]:
        year, month = str(params.get("p_nam")), int(params.get("p_thang") or 0)
        if int(params.get("p_quy") or 0):
            return []
        key = ("month", f"{year}-{month:02d}") if month else ("year", year)
        return [
            {
                "ID": str(398_000 + number),
                "MA_COQUAN": row["org_code"],
                "TEN": row["name"],
                **{name: row[name.lower()] for name in _SCORES},
            }
            for number, row in enumerate(self._scores.get(key, []), start=1)
        ]

    def _catalogue(self) -> list[dict[str, str]]:
        procedures = self._world.procedures
        return [
            {
                "ID": str(100_000 + number),
                "PROCEDURE_CODE": procedure.code,
                "PROCEDURE_NAME": procedure.name,
                "QDCBID": procedure.decision_no,
                "STATUS": "1" if procedure.is_public else "0",
                "PUBLISHED_DATE": f"{procedure.public_from:%d/%m/%Y}",
                "TOTAL": str(len(procedures)),
            }
            for number, procedure in enumerate(procedures, start=1)
        ]


def gateway_router(world: World) -> APIRouter:
    """Return the route of the gateway."""
    gateway, router = Gateway(world), APIRouter()

    @router.post("/jsp/rest.jsp")
    async def rest(request: Request) -> Response:
        form = parse_qs((await request.body()).decode())
        try:
            params = orjson.loads((form.get("params") or [""])[0])
            page, size = int(params["pageIndex"]), int(params.get("recordPerPage") or params["pageSize"])
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return Response(b"[]", media_type="application/json")
        rows = gateway.rows(params)[(page - 1) * size : page * size]
        return Response(orjson.dumps(rows), media_type="application/json; charset=utf-8")

    return router
