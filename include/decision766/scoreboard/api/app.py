"""The API as an application of its own, mounted beside the pages under /api/v1."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.openapi.utils import get_openapi

from decision766.reporting.explain import explain, find_indicator
from decision766.reporting.lookup import find_period, find_unit, match_period
from decision766.scoreboard import queries as sql
from decision766.scoreboard.api import paging
from decision766.scoreboard.api import parameters as take
from decision766.scoreboard.api.answers import Explanation, Page, Publication, ScorecardOfUnit
from decision766.scoreboard.api.freshness import PUBLICATION, Reading, fresh, no_repeated
from decision766.scoreboard.api.limits import Limit
from decision766.scoreboard.api.lists import VALIDATION_RUNS, ListOf, lists
from decision766.scoreboard.api.parameters import Boundary, Indicator, Paged, Period, Unit
from decision766.scoreboard.api.problems import MEDIA, Problem, add_problems
from decision766.scoreboard.page import NoDataYet, named

PREFIX = "/api/v1"
DESCRIPTION = """Read-only data of the scoreboard (Dữ liệu bảng điểm Quyết định 766).

Decimal numbers are strings, digit for digit as the marts state them. `null` is never 0: `status`,
`status_reason`, `coverage` or `missing_…` beside it say why there is no figure. A ratio is its numerator over
its denominator: add those up, never the ratios. `data_origin` tells real figures from recorded and synthetic
ones. Lists come in pages: follow `next`. Send `ETag` back as `If-None-Match`: 304 while nothing is new."""


def create_api(connections: Any, *, guards: Sequence[Any] = (), per_minute: int = 0) -> FastAPI:
    """Make the application.

    Args:
        connections: the pools of the pages.
        guards: dependencies that every address needs, such as a login.
        per_minute: how often one reader may ask; 0: as often as he likes.
    """
    app = FastAPI(
        title="Decision 766 API", version="1.0.0", description=DESCRIPTION,
        docs_url=None, redoc_url=None, openapi_url=None,
    )  # fmt: skip
    app.state.connections = connections
    always = [Depends(Limit(per_minute)), *(Depends(guard) for guard in guards), Depends(no_repeated)]
    router = APIRouter(dependencies=[*always, Depends(fresh)], responses=_problems())
    _add_lists(router)
    router.add_api_route("/publication", _publication, tags=["state"], summary="What is published (Công bố)")
    router.add_api_route(
        "/scorecards/{unit}/{period}", _scorecard, tags=["scores"], summary="One scorecard (Bảng điểm đơn vị)"
    )
    router.add_api_route(
        "/explanations/{unit}/{indicator}/{period}",
        _explanation,
        tags=["explanations"],
        summary="Why a number is what it is (Giải trình)",
    )
    app.include_router(router)
    described = lru_cache(maxsize=8)(lambda base: _described(app, base))
    _serve_description(app, described, always)
    add_problems(app)
    return app


def _serve_description(app: FastAPI, described: Callable[[str], dict[str, Any]], always: list[Any]) -> None:
    def description(request: Request) -> dict[str, Any]:
        return described(request.scope.get("root_path", ""))

    app.add_api_route("/openapi.json", description, dependencies=always, include_in_schema=False)


def _described(app: FastAPI, base: str) -> dict[str, Any]:
    stated = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes,
        servers=[{"url": base or "/"}],
    )  # fmt: skip
    schemas = stated.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema()
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    return stated


def _problems() -> dict[int | str, dict[str, Any]]:
    stated = {"content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    words = {
        400: "A cursor or value that cannot be", 401: "Not logged in (under Airflow)",
        403: "Not allowed (under Airflow)", 404: "Not there: near matches; or no data yet: DAGs to run",
        422: "A parameter has the wrong form", 429: "Too many requests: Retry-After says when",
        503: "The database does not answer in time",
    }  # fmt: skip
    found: dict[int | str, dict[str, Any]] = {304: {"description": "The copy with this ETag is still good"}}
    return found | {status: {"description": said, **stated} for status, said in words.items()}


# name → address, parameters, tag, summary
LISTS: dict[str, tuple[str, type[Paged], str, str]] = {
    "units": ("/units", take.OfUnits, "catalogue", "Units as they are now (Đơn vị)"),
    "periods": ("/periods", Paged, "catalogue", "Periods (Kỳ)"),
    "indicators": ("/indicators", Paged, "catalogue", "The 22 indicators (Chỉ số thành phần)"),
    "rules": ("/rules", take.OfRules, "catalogue", "Scoring rules with validity (Quy tắc chấm điểm)"),
    "scorecards": ("/scorecards", take.OfScorecards, "scores", "Scorecards (Bảng điểm)"),
    "groups": ("/groups", take.OfPeriod, "scores", "Scores of display groups (Điểm nhóm)"),
    "values": ("/values", take.OfValues, "scores", "Indicator values (Giá trị chỉ số)"),
    "reconciliation": (
        "/reconciliation",
        take.OfIndicator,
        "scores",
        "Computed beside published (Đối chiếu)",
    ),
    "late-dossiers": ("/late-dossiers", take.OfLate, "work", "Late dossiers (Hồ sơ quá hạn, sắp đến hạn)"),
    "idle-services": ("/idle-services", take.OfServices, "work", "Idle services (Dịch vụ không có hồ sơ)"),
    "targets": ("/targets", take.OfTargets, "work", "Targets of plans (Chỉ tiêu)"),
    "sources": ("/pipeline", take.OfSources, "state", "State of sources by day (Dòng dữ liệu)"),
}


def _add_lists(router: APIRouter) -> None:
    for name, (path, taken, tag, summary) in LISTS.items():
        _add_list(router, lists()[name], path, taken, tag=tag, summary=summary)
    _add_list(
        router,
        VALIDATION_RUNS,
        "/validation-runs",
        take.OfRuns,
        tag="state",
        summary="Validation runs (Kiểm tra)",
    )
    ranking, cases, gains = (lists()[name] for name in ("ranking", "cases", "gains"))

    def ranked(
        request: Request, connection: Reading, period: Period, asked: Annotated[take.OfRanking, Query()]
    ) -> Any:
        return _answer(request, connection, ranking, asked, {"period": period})

    def of_cases(  # noqa: PLR0917 - a part of the address each
        request: Request,
        connection: Reading,
        unit: Unit,
        indicator: Indicator,
        period: Period,
        asked: Annotated[take.OfCases, Query()],
    ) -> Any:
        return _answer(
            request, connection, cases, asked, {"unit": unit, "indicator": indicator, "period": period}
        )

    def gained(
        request: Request, connection: Reading, unit: Unit, period: Period, asked: Annotated[Paged, Query()]
    ) -> Any:
        return _answer(
            request, connection, gains, asked, {"unit": unit, "period": period, "boundary": "as_was"}
        )

    for path, answer, found, tag, summary in (
        ("/ranking/{period}", ranked, ranking, "scores", "Ranking of a period (Xếp hạng)"),
        ("/explanations/{unit}/{indicator}/{period}/cases", of_cases, cases, "explanations", "Cases (Hồ sơ)"),
        ("/gains/{unit}/{period}", gained, gains, "work", "What raises the score (Cải thiện điểm)"),
    ):
        router.add_api_route(
            path,
            answer,
            response_model=_page_of(found),
            tags=[tag],
            summary=summary,
        )


def _page_of(found: ListOf) -> Any:
    model: Any = Page
    return model[found.row]


def _add_list(
    router: APIRouter, found: ListOf, path: str, taken: type[Paged], *, tag: str, summary: str
) -> None:
    asked_as = Annotated[taken, Query()]  # type: ignore[valid-type]

    def answer(request: Request, connection: Reading, asked: asked_as) -> Any:
        return _answer(request, connection, found, asked, {})

    router.add_api_route(
        path,
        answer,
        response_model=_page_of(found),
        tags=[tag],
        summary=summary,
        operation_id=path.strip("/"),
    )


def _answer(
    request: Request, connection: Any, found: ListOf, asked: Any, fixed: dict[str, str]
) -> dict[str, Any]:
    values = {**asked.model_dump(exclude={"limit", "cursor"}, exclude_none=True), **fixed}
    values = _resolved(connection, values)
    rows, cursor = paging.read_page(connection, found.listing, values, asked.cursor, asked.limit)
    following = paging.next_link(request.url.path, request.query_params.multi_items(), cursor)
    return {"rows": rows, "next": following}


def _resolved(connection: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Codes in place of what the reader called unit, period and indicator.

    Raises:
        UnknownUnit, UnknownPeriod, UnknownIndicator: with near matches. NoDataYet: there is no scorecard.
    """
    if not sql.rows(connection, sql.BOUNDARIES):
        raise NoDataYet
    found = dict(values)
    for name in ("unit", "parent", "below"):
        if name in found:
            found[name] = find_unit(connection, found[name])
    if "indicator" in found:
        found["indicator"] = find_indicator(connection, found["indicator"])
    if "period" in found:
        boundary = found.get("boundary", "as_was")
        held = sql.rows(connection, sql.PERIODS, boundary=boundary, with_history=True)
        key = match_period(named(held), found.pop("period"))
        found |= {"grain": key.grain, "start": key.start, "code": key.code}
    return found


def _publication(request: Request) -> Publication:
    # What is published and when is told to everybody, also to those who may not read the ledger.
    with request.app.state.connections.watching() as connection:
        return Publication(**(sql.first(connection, PUBLICATION) or {}))


def _scorecard(
    connection: Reading, unit: Unit, period: Period, boundary: Annotated[Boundary, Query()] = "as_was"
) -> ScorecardOfUnit:
    found = _resolved(connection, {"unit": unit, "period": period, "boundary": boundary})
    asked = {name: found[name] for name in ("unit", "grain", "start", "boundary")}
    card = sql.first(connection, sql.UNIT_CARD, **asked)
    if card is None:
        held = sql.rows(connection, sql.HELD, unit=found["unit"], boundary=boundary)
        match_period(named(held), period)
        raise NoDataYet
    peers = sql.first(
        connection, sql.UNIT_PEERS, unit_type=card["unit_type"], origin=card["data_origin"],
        rule_set=card["rule_set"], **{name: asked[name] for name in ("grain", "start", "boundary")},
    )  # fmt: skip
    indicators = sql.rows(connection, sql.UNIT_INDICATORS, rule_set=card["rule_set"], **asked)
    return ScorecardOfUnit(
        scorecard=dict(card), indicators=[dict(row) for row in indicators], peers=dict(peers or {})
    )


def _explanation(  # noqa: PLR0917 - a part of the address each
    request: Request,
    connection: Reading,
    unit: Unit,
    indicator: Indicator,
    period: Period,
    boundary: Annotated[Boundary, Query()] = "as_was",
) -> Explanation:
    asked = {"unit": unit, "period": period, "indicator": indicator, "boundary": boundary}
    meant = _resolved(connection, asked)
    key = find_period(connection, meant["unit"], meant["code"], boundary)
    found = explain(connection, meant["unit"], meant["indicator"], key, cases=0, boundary=boundary)
    listed = f"{request.url.path}/cases"
    return Explanation(
        unit_code=found.heading["unit_code"],
        indicator_code=found.heading["indicator_code"],
        period_code=found.period.code,
        heading=dict(found.heading),
        value=_copied(found.value),
        arithmetic=_copied(found.arithmetic),
        published=_copied(found.published),
        case_count=found.case_count,
        derived_numerator=found.derived_numerator,
        derived_denominator=found.derived_denominator,
        is_rederived=found.is_rederived,
        reasons=[dict(row) for row in found.reasons],
        inputs=[dict(row) for row in found.inputs],
        held=[dict(row) for row in found.held],
        boundary=boundary,
        cases=listed if boundary == "as_was" else f"{listed}?boundary={boundary}",
    )


def _copied(row: sql.Row | None) -> dict[str, Any] | None:
    return None if row is None else dict(row)
