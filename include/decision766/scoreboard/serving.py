"""From a page to an answer: made once for a state of the data, then sent as it is, packed, or not at all."""

from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from threading import BoundedSemaphore
from typing import Any, Literal

from fastapi import Request, Response
from sqlalchemy import Connection

from decision766.reporting.lookup import NotFoundInMarts
from decision766.scoreboard.identity import viewer
from decision766.scoreboard.keeping import Answer, Kept, State, States
from decision766.scoreboard.page import Page, View
from decision766.scoreboard.tables import to_csv, to_xlsx

ANSWERS_BYTES = 96 * 2**20
PAGE_ROWS = 60_000  # rows of tables of the pages that are kept for their charts and files
FACT_ROWS = 100_000  # rows of what many pages ask alike
AT_ONCE = 3  # pages made at once: more would only wait for one another
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HTML, SVG = "text/html; charset=utf-8", "image/svg+xml"
Later = Callable[[], Page]
Lifetime = Literal["published", "moving", "timed", "never"]


@dataclass
class Keeper:
    """What one application keeps."""

    states: States = field(default_factory=States)
    answers: Kept[Answer] = field(default_factory=lambda: Kept(ANSWERS_BYTES, lambda answer: answer.size))
    facts: Kept[Any] = field(default_factory=lambda: Kept(FACT_ROWS, len))
    pages: Kept[Page] = field(default_factory=lambda: Kept(PAGE_ROWS, _weight))
    watching: Callable[[], AbstractContextManager[Connection]] | None = (
        None  # sees every row; else the view's
    )
    making: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(AT_ONCE))

    def remember(self, view: View, viewer: str, name: Hashable, make: Callable[[], Any]) -> Any:
        """What many pages ask alike, once for a publication and reader."""
        state = self.state(view, "published")
        return make() if state is None else self.facts.get((viewer, name), state, make)

    def state(self, view: View, lifetime: Lifetime) -> object | None:
        """The state that an answer of this lifetime is kept under; None: it is not kept."""
        if lifetime == "never":
            return None
        state: State | None
        with ExitStack() as opened:
            watching = self.watching
            own = (lambda: opened.enter_context(watching())) if watching else view.connect_once
            state = self.states.now(own)
        return None if state is None else getattr(state, lifetime)


def _weight(page: Page) -> int:
    return 50 + sum(len(table.rows) for table in page.tables.values())


class UnknownPart(NotFoundInMarts):
    """The page has no such table or chart."""


def answer_with(
    request: Request,
    view: View,
    make: Callable[[Page], Answer],
    page: Later,
    *,
    lifetime: Lifetime,
    part: str = "",
) -> Response:
    """Send the answer of this address, kept or made. part: what of the page it is: «» is itself.

    The key holds whose eyes it is for: what one may see is never sent to another.
    """
    try:
        return _answered(request, view, make, page, lifetime=lifetime, part=part)
    finally:
        view.close()


def _answered(
    request: Request,
    view: View,
    make: Callable[[Page], Answer],
    page: Later,
    *,
    lifetime: Lifetime,
    part: str,
) -> Response:
    keeper: Keeper = request.app.state.keeper
    state = keeper.state(view, lifetime)
    if state is None:
        answer = make(page())
        if lifetime == "never":  # it may hold a secret: not kept anywhere, and not packed beside other text
            kept_by_nobody = (*answer.headers, ("Cache-Control", "no-store"))
            answer = replace(answer, packed=None, headers=kept_by_nobody)
        return respond(request, answer)
    eyes = viewer(request).key
    address = (request.url.path, request.url.query, eyes)

    def made() -> Answer:
        owner = request.url.path.removesuffix(part)
        with keeper.making:
            return make(keeper.pages.get((owner, request.url.query, eyes, "/table/" in part), state, page))

    return respond(request, keeper.answers.get(address, state, made))


def respond(request: Request, answer: Answer) -> Response:
    """Answer 304 to who holds it, packed to who can unpack it."""
    headers = dict(answer.headers)
    if answer.status == 200:
        headers |= {"ETag": answer.etag, "Vary": "Accept-Encoding, Cookie"}
        held = request.headers.get("if-none-match", "")
        if answer.etag in (tag.strip().removeprefix("W/") for tag in held.split(",")):
            return Response(status_code=304, headers=headers)
    body = answer.body
    if answer.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        body = answer.packed
        headers["Content-Encoding"] = "gzip"
    return Response(body, answer.status, headers, answer.media)


def exported(page: Page, table: str, format: Literal["csv", "xlsx"]) -> Answer:
    """A table as a file.

    Raises:
        UnknownPart: the page has no such table.
    """
    if table not in page.tables:
        raise UnknownPart("table", table, list(page.tables), "")
    origin = ",".join(page.origins)
    found = page.tables[table]
    body = to_csv(found, origin) if format == "csv" else to_xlsx(found, origin)
    media = "text/csv; charset=utf-8" if format == "csv" else XLSX
    period = f"-{page.period.code}" if page.period else ""
    filename = f"decision766-{page.section}-{table}{period}.{format}"
    return Answer.of(body, media, headers=(("Content-Disposition", f'attachment; filename="{filename}"'),))


def drawn(page: Page, chart: str) -> Answer:
    """A chart of the page.

    Raises:
        UnknownPart: the page has no such chart.
    """
    if chart not in page.charts:
        raise UnknownPart("chart", chart, list(page.charts), "")
    return Answer.of(page.charts[chart](), SVG, headers=(("Cache-Control", "private, max-age=60"),))
