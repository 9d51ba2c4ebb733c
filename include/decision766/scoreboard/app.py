"""The application: routes, languages, errors, headers. Stand-alone, or mounted by the Airflow plugin."""

import datetime as dt
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack
from functools import partial, wraps
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy import Engine

from decision766.scoreboard import queries as sql
from decision766.scoreboard.addresses import AS_WAS, Addresses
from decision766.scoreboard.api.app import PREFIX as API
from decision766.scoreboard.api.app import create_api
from decision766.scoreboard.auditing import RunId, add_audit_routes
from decision766.scoreboard.connections import Connections
from decision766.scoreboard.errors import add_error_pages
from decision766.scoreboard.headers import Headers
from decision766.scoreboard.identity import ENGINEER, PUBLIC, Identity, admit, identity, known, viewer
from decision766.scoreboard.keeping import Answer
from decision766.scoreboard.page import Page, View, find_periods
from decision766.scoreboard.pages.audit import audit_page, run_page
from decision766.scoreboard.pages.country import TOTAL, country
from decision766.scoreboard.pages.explain import dossier_page, explain_page
from decision766.scoreboard.pages.indicator import indicator_page
from decision766.scoreboard.pages.pipeline import pipeline
from decision766.scoreboard.pages.unit import find_unit, unit_page
from decision766.scoreboard.pages.work import work_page
from decision766.scoreboard.render import html
from decision766.scoreboard.serving import HTML, Keeper, Later, Lifetime, answer_with, drawn, exported
from decision766.scoreboard.visitors import refuse_what_is_not_theirs
from decision766.scoreboard.words import Lang, Speech
from decision766.settings import Settings, get_settings
from decision766.warehouse.connect import TIME_ZONE, warehouse_engine

PLAIN = r"^[^\x00-\x1f\x7f]+$"
LATEST = "latest"
Named = Annotated[str, InPath(min_length=1, max_length=120, pattern=PLAIN)]
Code = Annotated[str, InPath(min_length=1, max_length=20, pattern=PLAIN)]
Boundary = Annotated[Literal["as_was", "as_is"], Query(description="units as they were, or as they are now")]
UnitType = Literal["ministry", "province", "department", "district", "commune"]
FormWord = Annotated[str, Query(max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")]
STATIC = Path(__file__).with_name("static")


def create_app(
    make_engine: Callable[[], Engine] = warehouse_engine,
    *,
    guards: Sequence[Any] = (),
    settings: Settings | None = None,
    everybody: Identity | None = None,
    read: Callable[[], Engine] | None = None,
    requests_per_minute: int = 0,
    under_airflow_at: str | None = None,
) -> FastAPI:
    """Make the application.

    Args:
        make_engine: makes an engine of the database with the marts; by default the project's warehouse.
        guards: dependencies that every page needs, such as a login. With one, nobody is known by name
            unless it says so (scoreboard.identity).
        settings: whose folders, operator and auditors; by default those of the process.
        everybody: who sends a request that no guard names: by default an engineer, who sees everything, as on
            one's own machine; with guards the public.
        read: makes the engine that pages read with; by default the web tier's, or that of make_engine.
        requests_per_minute: of one reader to the API; 0: as many as they like.
        under_airflow_at: path below Airflow's own at which the application is mounted, so that pages lead to
            its runs; None: alone.
    """
    app = FastAPI(
        title="Decision 766: scoreboard",
        description="Pages over the marts. Periods: 2026-08, 2026-Q3, 2026.",
        docs_url=None,  # they load scripts from another host
        redoc_url=None,
        redirect_slashes=False,  # it would send the reader to whatever host the request names
        openapi_url=None if guards else "/openapi.json",
        # Of every route, also those that are added later: who asks, then what is refused.
        dependencies=[Depends(each) for each in (*guards, admit, refuse_what_is_not_theirs)],
    )
    app.state.connections = Connections(make_engine, read)
    app.state.under_airflow_at = under_airflow_at
    app.state.everybody = everybody = everybody or (PUBLIC if guards else ENGINEER)
    app.state.settings = settings = settings or get_settings()
    app.state.keeper = Keeper(watching=app.state.connections.watching)
    operator = settings.operator if not guards else None
    app.state.operator = known(operator, settings, everybody) if operator else None
    app.add_middleware(Headers)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    api = create_api(
        app.state.connections,
        guards=(*guards, admit, refuse_what_is_not_theirs),
        per_minute=requests_per_minute,
    )
    api.state.everybody, api.state.operator = app.state.everybody, app.state.operator
    app.mount(API, api)
    app.include_router(_router())
    add_error_pages(app)
    return app


async def view(
    request: Request, lang: Annotated[Lang, InPath()], boundary: Boundary = AS_WAS
) -> AsyncIterator[View]:
    """Give a page its language, its addresses, and a connection if it needs one.

    Not in a thread: nothing is asked here, and whoever asked closes the connection (View.closing).
    """
    to = Addresses(request.scope.get("root_path", ""), lang, boundary)
    reading = request.app.state.connections.reading
    keeper: Keeper = request.app.state.keeper
    who = viewer(request)
    with ExitStack() as opened:
        looked: View = View(
            lambda: opened.enter_context(reading()),
            Speech(lang),
            to,
            lambda name, make: keeper.remember(looked, who.key, name, make),
            opened.close,
        )
        yield looked


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
    return explain_page(view, unit, indicator, period, every=every)


def _dossier(view: Viewed, dossier: Named) -> Page:
    return dossier_page(view, dossier)


def _pipeline(request: Request, view: Viewed) -> Page:
    state, root = request.app.state, request.scope.get("root_path", "")
    airflow = None if state.under_airflow_at is None else root.removesuffix(state.under_airflow_at)
    now = dt.datetime.now(ZoneInfo(TIME_ZONE))
    return pipeline(view, now, settings=state.settings, airflow=airflow)


def _work(  # noqa: PLR0917 - one for each part of the address
    request: Request,
    view: Viewed,
    unit: Named,
    shown: Annotated[Literal["late", "idle", "held"], Query(alias="list")] = "late",
    kind: FormWord = "",
    procedure: FormWord = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Page:
    every = "table" in request.path_params
    return work_page(view, unit, shown, kind=kind, procedure=procedure, page=page, every=every)


def _audit(
    request: Request,
    view: Viewed,
    unit: FormWord = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Page:
    every = "table" in request.path_params
    return audit_page(view, request.app.state.settings, unit=unit, page=page, every=every)


def _run(request: Request, view: Viewed, run: RunId) -> Page:
    return run_page(view, request.app.state.settings, identity(request), run)


# What a page shows changes with a publication only, or between two of them as well.
PAGES: dict[str, tuple[Callable[..., Page], Lifetime]] = {
    "/{lang}/country/{period}": (_country, "published"),
    "/{lang}/unit/{unit}/{period}": (_unit, "published"),
    "/{lang}/indicator/{indicator}/{period}/{unit_type}": (_indicator, "published"),
    "/{lang}/explain/{unit}/{indicator}/{period}": (_explain, "moving"),
    "/{lang}/dossier/{dossier}": (_dossier, "moving"),
    "/{lang}/work/{unit}": (_work, "moving"),
    "/{lang}/pipeline": (_pipeline, "timed"),
    "/{lang}/audit": (_audit, "timed"),
    "/{lang}/audit/run/{run}": (_run, "never"),  # it holds the form of who looks
}


def _router() -> APIRouter:
    router = APIRouter()
    router.add_api_route("/", _to_vietnamese, include_in_schema=False)
    router.add_api_route("/{lang}", _home, response_class=HTMLResponse)
    router.add_api_route("/{lang}/", _home, include_in_schema=False)
    router.add_api_route("/{lang}/go", _go, response_class=HTMLResponse)
    router.add_api_route("/{lang}/find", _find, response_class=HTMLResponse)
    router.add_api_route("/{lang}/unit/{unit}", _unit_latest, response_class=HTMLResponse)
    for path, (build, lifetime) in PAGES.items():
        _add_page(router, path, build, lifetime)
    add_audit_routes(router, Viewed)
    return router


def _later(build: Callable[..., Page]) -> Callable[..., Any]:
    """The page when it is wanted: a kept answer needs none. FastAPI sees the parameters of build."""

    @wraps(build)
    async def later(*args: Any, **values: Any) -> Later:  # no thread for what asks nothing
        return partial(build, *args, **values)

    return later


def _add_page(router: APIRouter, path: str, build: Callable[..., Page], lifetime: Lifetime) -> None:
    """A page is three routes: itself, its tables as files, its charts."""
    name = "_".join(part for part in path.split("/")[2:] if "{" not in part)
    built = Annotated[Later, Depends(_later(build))]

    def shown(request: Request, view: Viewed, page: built) -> Response:
        def written(page: Page) -> Answer:
            stable = page.address_of(view.to)
            if unquote(stable.partition("?")[0]) != request.url.path:
                return Answer.of(b"", HTML, status=307, headers=(("Location", stable),))
            return Answer.of(html(page, view.to, view.say).encode(), HTML)

        return answer_with(request, view, written, page, lifetime=lifetime)

    def table_file(
        request: Request, view: Viewed, page: built, table: Code, format: Literal["csv", "xlsx"]
    ) -> Response:
        part = f"/table/{table}.{format}"
        return answer_with(
            request, view, lambda found: exported(found, table, format), page, lifetime=lifetime, part=part
        )

    def chart_file(request: Request, view: Viewed, page: built, chart: Code) -> Response:
        part = f"/chart/{chart}.svg"
        return answer_with(
            request, view, lambda found: drawn(found, chart), page, lifetime=lifetime, part=part
        )

    router.add_api_route(path, shown, response_class=HTMLResponse, name=name)
    router.add_api_route(f"{path}/table/{{table}}.{{format}}", table_file, name=f"{name}_table")
    router.add_api_route(f"{path}/chart/{{chart}}.svg", chart_file, name=f"{name}_chart")


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
    page: Literal["country", "unit", "indicator", "explain", "work"],
    period: FormWord = "",
    boundary: Boundary = AS_WAS,
    show: FormWord = TOTAL,
    figures: FormWord = "",
    unit: FormWord = "",
    indicator: FormWord = "",
    unit_type: UnitType = "province",
    shown: Annotated[Literal["late", "idle", "held"], Query(alias="list")] = "late",
    kind: FormWord = "",
    procedure: FormWord = "",
) -> RedirectResponse:
    """Turn what a picker's form sends into the stable address."""
    to = Addresses(request.scope.get("root_path", ""), lang, boundary)
    query = {"show": show} if show not in ("", TOTAL) else {}
    query |= {"figures": figures} if figures else {}
    chosen = {"list": "" if shown == "late" else shown, "kind": kind, "procedure": procedure}
    listed = {name: value for name, value in chosen.items() if value}
    addresses = {
        "country": lambda: to.country(period, **query),
        "unit": lambda: to.unit(unit, period),
        "indicator": lambda: to.indicator(indicator, period, unit_type),
        "explain": lambda: to.explain(unit, indicator, period),
        "work": lambda: to.work(unit, **listed),
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
