"""Before the first reader comes: every connection that pages use has asked once what each page asks.

PostgreSQL plans a question when a connection asks it first, and a view over many others takes longer to plan
than to read. Done before the server answers, no reader waits for it; what a page needs besides, its template,
is read by the way.
"""

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from contextvars import copy_context
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from decision766.reporting.lookup import NotFoundInMarts
from decision766.scoreboard import queries as sql
from decision766.scoreboard.addresses import Addresses
from decision766.scoreboard.connections import Connections
from decision766.scoreboard.identity import Identity, acting_as
from decision766.scoreboard.page import NoDataYet, Page, View, find_periods
from decision766.scoreboard.pages.audit import audit_page
from decision766.scoreboard.pages.country import TOTAL, country
from decision766.scoreboard.pages.explain import dossier_page, explain_page
from decision766.scoreboard.pages.indicator import indicator_page
from decision766.scoreboard.pages.pipeline import pipeline
from decision766.scoreboard.pages.unit import unit_page
from decision766.scoreboard.pages.work import work_page
from decision766.scoreboard.render import html
from decision766.scoreboard.serving import AT_ONCE
from decision766.scoreboard.words import Speech
from decision766.settings import Settings
from decision766.warehouse.connect import TIME_ZONE

log = logging.getLogger(__name__)
_PLANNERS = 2
_ONE_DOSSIER = text("select dossier_code from marts.fct_dossier limit 1")


def warm(connections: Connections, settings: Settings, who: Identity) -> int:
    """Ask, as `who`, what each page asks, on as many connections as pages use at once; return pages made.

    A page that cannot be made is left out: whoever asks for it is told why.
    """
    with acting_as(who), ExitStack() as opened, ThreadPoolExecutor(_PLANNERS) as threads:
        try:
            held = [opened.enter_context(connections.reading()) for _ in range(AT_ONCE)]
        except DBAPIError:
            return 0
        made = [threads.submit(copy_context().run, _ask, each, settings) for each in held]
        return sum(each.result() for each in made)


def _ask(connection: Connection, settings: Settings) -> int:
    view = View(lambda: connection, Speech("vi"), Addresses("", "vi"))
    made = 0
    try:
        pages = list(_pages(view, settings))
    except (DBAPIError, NotFoundInMarts, NoDataYet):
        connection.rollback()
        return 0
    for page in pages:
        try:
            html(page(), view.to, view.say)
            made += 1
        except (NotFoundInMarts, NoDataYet) as error:
            log.info("not warmed: %s", error)
        except DBAPIError as error:  # else every question after it would fail for another reason
            log.info("not warmed: %s", error)
            connection.rollback()
    return made


def _pages(view: View, settings: Settings) -> Iterator[Callable[[], Page]]:
    periods = find_periods(view, None)
    code = periods.chosen.code
    cards = view.rows(sql.CARDS, boundary=view.to.boundary, **periods.values)
    dossier = view.first(_ONE_DOSSIER)
    yield lambda: country(view, code, TOTAL, None)
    yield lambda: country(view, code, "1.1", None)
    yield lambda: indicator_page(view, "1.1", code, "province")
    yield lambda: pipeline(view, dt.datetime.now(ZoneInfo(TIME_ZONE)), settings=settings)
    yield lambda: audit_page(view, settings)
    if dossier:
        yield lambda: dossier_page(view, dossier["dossier_code"])
    if not cards:
        return
    unit = cards[-1]["unit_code"]
    yield lambda: unit_page(view, unit, code)
    for listed in ("late", "idle", "held"):
        yield lambda listed=listed: work_page(view, unit, listed)  # type: ignore[misc]
    for row in view.rows(sql.INDICATORS):
        indicator = row["indicator_code"]
        yield lambda indicator=indicator: explain_page(view, unit, indicator, code, every=False)  # type: ignore[misc]
