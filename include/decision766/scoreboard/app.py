"""The application: routes, languages, errors, headers. Stand-alone, or mounted by the Airflow plugin."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy import Engine

from decision766.reporting.lookup import NotFoundInMarts
from decision766.scoreboard import queries as sql
from decision766.scoreboard.addresses import AS_WAS, Addresses
from decision766.scoreboard.api.app import PREFIX as API
from decision766.scoreboard.api.app import create_api
from decision766.scoreboard.connections import Connections
from decision766.scoreboard.errors import add_error_pages
from decision766.scoreboard.headers import Headers
from decision766.scoreboard.page import Page, View, find_periods
from decision766.scoreboard.pages.country import TOTAL, country
from decision766.scoreboard.pages.explain import dossier_page, explain_page
from decision766.scoreboard.pages.indicator import indicator_page
from decision766.scoreboard.pages.pipeline import pipeline
from decision766.scoreboard.pages.unit import find_unit, unit_page
from decision766.scoreboard.render import html
from decision766.scoreboard.tables import to_csv, to_xlsx
from decision766.scoreboard.words import Lang, Speech
from decision766.warehouse.connect import TIME_ZONE, warehouse_engine

PLAIN = r"^[^\x00-\x1f\x7f]+$"
LATEST = "latest"
Named = Annotated[str, InPath(min_length=1, max_length=120, pattern=PLAIN)]
Code = Annotated[str, InPath(min_length=1, max_length=20, pattern=PLAIN)]
Boundary = Annotated[Literal["as_was", "as_is"], Query(description="units as they were, or as they are now")]
UnitType = Literal["ministry", "province", "department", "district", "commune"]
FormWord = Annotated[str, Query(max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATIC = Path(__file__).with_name("static")


def create_app(
    make_engine: Callable[[], Engine] = warehouse_engine,
    *,
    guards: Sequence[Any] = (),
    requests_per_minute: int = 0,
) -> FastAPI:
    """Make the application.

    Args:
        make_engine: makes an engine of the database with the marts; by default the project's warehouse.
        guards: dependencies that every page needs, such as a login.
        requests_per_minute: of one reader to the API; 0: as many as he likes.
    """
    app = FastAPI(
        title="Decision 766: scoreboard",
        description="Pages over the marts. Periods: 2026-08, 2026-Q3, 2026.",
        docs_url=None,  # they load scripts from another host
        redoc_url=None,
        openapi_url=None if guards else "/openapi.json",
    )
    app.state.connections = Connections(make_engine)
    app.add_middleware(Headers)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    api = create_api(app.state.connections, guards=guards, per_minute=requests_per_minute)
    app.mount(API, api)
    app.include_router(_router(), dependencies=[Depends(guard) for guard in guards])
    add_error_pages(app)
    return app


def view(request: Request, lang: Annotated[Lang, InPath()], boundary: Boundary = AS_WAS) -> Iterator[View]:
    """Give a page its connection, language and addresses."""
    to = Addresses(request.scope.get("root_path", ""), lang, boundary)
    with request.app.state.connections.reading() as connection:
        yield View(connection, Speech(lang), to)


Viewed = Annotated[View, Depends(view)]


def _country(
    view: Viewed,
    period: Code,
    show: Annotated[str, Query(max_length=12)] = TOTAL,
    figures: Literal["computed", "published"] | None = None,
) -> Page:
    return country(view, period, show, figures)


def _unit(view: Viewed, unit: Named, period: Code) -> Page:
    return unit_page(view, unit, period)


def _indicator(view: Viewed, indicator: Code, period: Code, unit_type: UnitType) -> Page:
    return indicator_page(view, indicator, None if period == LATEST else period, unit_type)


def _explain(request: Request, view: Viewed, unit: Named, indicator: Code, period: Code) -> Page:
    every = "table" in request.path_params
    engine = request.app.state.connections.explaining
    return explain_page(view, engine, unit, indicator, period, every=every)


def _dossier(request: Request, view: Viewed, dossier: Named) -> Page:
    return dossier_page(view, request.app.state.connections.explaining, dossier)


def _pipeline(view: Viewed) -> Page:
    return pipeline(view, dt.datetime.now(ZoneInfo(TIME_ZONE)))


PAGES: dict[str, Callable[..., Page]] = {
    "/{lang}/country/{period}": _country,
    "/{lang}/unit/{unit}/{period}": _unit,
    "/{lang}/indicator/{indicator}/{period}/{unit_type}": _indicator,
    "/{lang}/explain/{unit}/{indicator}/{period}": _explain,
    "/{lang}/dossier/{dossier}": _dossier,
    "/{lang}/pipeline": _pipeline,
}


def _router() -> APIRouter:
    router = APIRouter()
    router.add_api_route("/", _to_vietnamese, include_in_schema=False)
    router.add_api_route("/{lang}", _home, response_class=HTMLResponse)
    router.add_api_route("/{lang}/", _home, include_in_schema=False)
    router.add_api_route("/{lang}/go", _go, response_class=HTMLResponse)
    router.add_api_route("/{lang}/find", _find, response_class=HTMLResponse)
    router.add_api_route("/{lang}/unit/{unit}", _unit_latest, response_class=HTMLResponse)
    for path, build in PAGES.items():
        _add_page(router, path, build)
    return router


def _add_page(router: APIRouter, path: str, build: Callable[..., Page]) -> None:
    """A page is three routes: itself, its tables as files, its charts."""
    name = path.split("/")[2]
    built = Annotated[Page, Depends(build)]

    def shown(request: Request, view: Viewed, page: built) -> Response:
        stable = page.address_of(view.to)
        if unquote(stable.partition("?")[0]) != request.url.path:
            return RedirectResponse(stable, status_code=307)
        return HTMLResponse(html(page, view.to, view.say))

    def exported(page: built, table: Code, format: Literal["csv", "xlsx"]) -> Response:
        return _export(page, table, format)

    def drawn(page: built, chart: Code) -> Response:
        return _chart(page, chart)

    router.add_api_route(path, shown, response_class=HTMLResponse, name=name)
    router.add_api_route(f"{path}/table/{{table}}.{{format}}", exported, name=f"{name}_table")
    router.add_api_route(f"{path}/chart/{{chart}}.svg", drawn, name=f"{name}_chart")


class UnknownPart(NotFoundInMarts):
    """The page has no such table or chart."""


def _export(page: Page, table: str, format: Literal["csv", "xlsx"]) -> Response:
    if table not in page.tables:
        raise UnknownPart("table", table, list(page.tables), "")
    origin = ",".join(page.origins)
    found = page.tables[table]
    body = to_csv(found, origin) if format == "csv" else to_xlsx(found, origin)
    media = "text/csv; charset=utf-8" if format == "csv" else XLSX
    period = f"-{page.period.code}" if page.period else ""
    filename = f"decision766-{page.section}-{table}{period}.{format}"
    return Response(
        body, media_type=media, headers={"Content-Disposition": f'attachment; filename="{filename}"'}
    )


def _chart(page: Page, chart: str) -> Response:
    if chart not in page.charts:
        raise UnknownPart("chart", chart, list(page.charts), "")
    return Response(
        page.charts[chart](), media_type="image/svg+xml", headers={"Cache-Control": "private, max-age=60"}
    )


def _to_vietnamese(request: Request) -> RedirectResponse:
    return RedirectResponse(f"{request.scope.get('root_path', '')}/vi", status_code=307)


def _home(view: Viewed) -> RedirectResponse:
    return RedirectResponse(view.to.country(find_periods(view, None).chosen.code), status_code=307)


def _unit_latest(view: Viewed, unit: Named) -> RedirectResponse:
    """The unit's scorecard of the period that the country page starts with, else of its own latest."""
    found = find_unit(view, unit)
    held = [
        row["period_code"] for row in view.rows(sql.HELD, unit=found["unit_code"], boundary=view.to.boundary)
    ]
    latest = find_periods(view, None).chosen.code
    period = latest if latest in held or not held else held[-1]
    return RedirectResponse(view.to.unit(found["unit_code"], period), status_code=307)


def _go(  # noqa: PLR0917 - one for each field of the forms
    request: Request,
    lang: Lang,
    page: Literal["country", "unit", "indicator", "explain"],
    period: FormWord,
    boundary: Boundary = AS_WAS,
    show: FormWord = TOTAL,
    figures: FormWord = "",
    unit: FormWord = "",
    indicator: FormWord = "",
    unit_type: UnitType = "province",
) -> RedirectResponse:
    """Turn what a picker's form sends into the stable address."""
    to = Addresses(request.scope.get("root_path", ""), lang, boundary)
    query = {"show": show} if show not in ("", TOTAL) else {}
    query |= {"figures": figures} if figures else {}
    addresses = {
        "country": lambda: to.country(period, **query),
        "unit": lambda: to.unit(unit, period),
        "indicator": lambda: to.indicator(indicator, period, unit_type),
        "explain": lambda: to.explain(unit, indicator, period),
    }
    return RedirectResponse(addresses[page](), status_code=303)


def _find(
    view: Viewed, q: Annotated[str, Query(min_length=1, max_length=120, pattern=PLAIN)]
) -> RedirectResponse:
    """A dossier if one has that code, else the unit that is meant."""
    wanted = q.strip()
    if "-" in wanted and view.first(sql.FIND_DOSSIER, code=wanted):
        return RedirectResponse(view.to.dossier(wanted), status_code=303)
    return RedirectResponse(view.to.unit_of(find_unit(view, wanted)["unit_code"]), status_code=303)
