"""Pages for what is not there, not understood or not ready: what, why, and the next step."""

import re
from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import quote, unquote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from starlette.exceptions import HTTPException

from decision766.reporting.explain import UnknownDossier, UnknownIndicator
from decision766.reporting.lookup import NotFoundInMarts, UnknownPeriod, UnknownUnit
from decision766.reporting.wording import Words
from decision766.scoreboard.addresses import AS_WAS, Addresses
from decision766.scoreboard.identity import viewer
from decision766.scoreboard.page import NoDataYet
from decision766.scoreboard.pages.audit import UnknownRun
from decision766.scoreboard.render import error_html
from decision766.scoreboard.visitors import NotTheirs
from decision766.scoreboard.words import Lang, Speech

NOT_THERE: tuple[tuple[type[NotFoundInMarts], Words], ...] = (
    (UnknownUnit, ("Không có đơn vị «{}»", "There is no unit «{}»")),
    (UnknownPeriod, ("Không có số liệu cho «{}»", "There are no figures for «{}»")),
    (UnknownIndicator, ("Không có chỉ số «{}»", "There is no indicator «{}»")),
    (UnknownRun, ("Không có lần kiểm tra «{}»", "There is no validation run «{}»")),
    (UnknownDossier, ("Không có hồ sơ «{}»", "There is no dossier «{}»")),
)
PERIOD = re.compile(r"^\d{4}(-\S{1,16})?$")
NOT_BUILT = ("42P01", "3F000")  # no such table, no such schema
NOT_GRANTED = "42501"
TOO_LONG = "57014"  # the statement was given up
LONGEST_ECHO = 60


def add_error_pages(app: FastAPI) -> None:
    """Answer every error with a page in the reader's language and the right status."""
    app.add_exception_handler(NotFoundInMarts, _not_there)
    app.add_exception_handler(NoDataYet, _no_data)
    app.add_exception_handler(NotTheirs, _not_theirs)
    app.add_exception_handler(DBAPIError, _database)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(HTTPException, _http)


def _page(
    request: Request,
    status: int,
    title: Words,
    message: Words,
    *,
    near: Sequence[tuple[str, str | None]] = (),
    steps: Sequence[Words] = (),
) -> Response:
    base = request.scope.get("root_path", "")
    rest = request.url.path.removeprefix(base)
    lang: Lang = "en" if rest.startswith("/en/") or rest == "/en" else "vi"
    say = Speech(lang)
    boundary = "as_is" if request.query_params.get("boundary") == "as_is" else AS_WAS
    to = Addresses(base, lang, boundary)
    other = to.in_language("vi" if say.english else "en")
    tail = rest.removeprefix(f"/{lang}")
    known = rest.startswith(f"/{lang}")
    there = f"{base}/{other.lang}{quote(tail)}" if known and status != 422 else other.home()
    query = f"?{request.url.query}" if known and status != 422 and request.url.query else ""
    body = error_html(
        to,
        say,
        there + query,
        title=say(*title),
        message=say(*message),
        near=near,
        steps=[say(*step) for step in steps],
    )
    return HTMLResponse(body, status_code=status)


def _not_there(request: Request, error: Exception) -> Response:
    error = cast(NotFoundInMarts, error)
    shown = error.asked[:LONGEST_ECHO]
    words = next(
        (words for kind, words in NOT_THERE if isinstance(error, kind)), ("Không có «{}»", "There is no «{}»")
    )
    near = [(name, _instead(request, error, name.partition(" (")[0])) for name in error.near]
    return _page(
        request,
        404,
        (words[0].format(shown), words[1].format(shown)),
        (
            "Kiểm tra lại mã hoặc tên. Kỳ viết là 2026-08, 2026-Q3 hoặc 2026; chỉ số từ 1.1 đến 5.3.",
            "Check the code or name. A period is written 2026-08, 2026-Q3 or 2026; an indicator 1.1 to 5.3.",
        ),
        near=near,
    )


def _instead(request: Request, error: NotFoundInMarts, code: str) -> str | None:
    """The same address with the near match in place of what was not found."""
    parts = request.url.path.split("/")
    if parts[-1] == "find":
        return "/".join([*parts[:-1], "unit", quote(code, safe="")])
    wanted = [place for place, part in enumerate(parts) if part and unquote(part) == error.asked]
    if not wanted and isinstance(error, UnknownPeriod):
        wanted = [place for place, part in enumerate(parts) if PERIOD.match(part)]
    if not wanted:
        return None
    kept = [code if place == wanted[-1] else part for place, part in enumerate(parts)]
    query = f"?{request.url.query}" if request.url.query else ""
    return "/".join(quote(unquote(part), safe="") for part in kept) + query


def _no_data(request: Request, _: Exception) -> Response:
    return _page(
        request,
        404,
        ("Chưa có số liệu", "No data yet"),
        (
            "Các bảng điểm chưa được tính lần nào. Trong Airflow, chạy lần lượt các DAG sau:",
            "No scorecard has been computed yet. Run these DAGs in Airflow, in this order:",
        ),
        steps=[
            (
                "ingest_national_portal: đọc số liệu Cổng công bố",
                "ingest_national_portal: what the portal publishes",
            ),
            (
                "ingest_provincial_systems: đọc hồ sơ của các tỉnh",
                "ingest_provincial_systems: the provinces' dossiers",
            ),
            (
                "build_indicator_marts: tính điểm (tự chạy sau hai DAG trên)",
                "build_indicator_marts: the scores (it starts by itself after the two above)",
            ),
        ],
    )


def _not_theirs(request: Request, error: Exception) -> Response:
    error = cast(NotTheirs, error)
    title = ("Ngoài phạm vi được xem", "Outside of what you may see")
    if error.own.role == "official" and error.own.unit:
        own, asked = error.own.unit, error.asked or "…"
        to_own = f"{request.scope.get('root_path', '')}/{'en' if _is_english(request) else 'vi'}/unit/{own}"
        why = (
            f"Tài khoản này xem được đơn vị {own}, các đơn vị trực thuộc và bảng xếp hạng; "
            f"«{asked}» không thuộc phạm vi đó.",
            f"This account sees unit {own}, the units below it and the ranking; «{asked}» is not among them.",
        )
        return _page(request, 403, title, why, near=[(own, to_own)])
    why = (
        "Trang này không dành cho vai trò của tài khoản này. Người vận hành cấp vai trò: docs/rights.md.",
        "This page is not for the role of the account in use. Operators give roles: docs/rights.md.",
    )
    return _page(request, 403, title, why)


def _is_english(request: Request) -> bool:
    rest = request.url.path.removeprefix(request.scope.get("root_path", ""))
    return rest.startswith("/en/") or rest == "/en"


def _database(request: Request, error: Exception) -> Response:
    error = cast(DBAPIError, error)
    state = getattr(error.orig, "sqlstate", None)
    if isinstance(error, ProgrammingError) and state in NOT_BUILT:
        return _no_data(request, error)
    if state == NOT_GRANTED:
        return _not_theirs(request, NotTheirs("", viewer(request)))
    if state and state.startswith("22"):  # the value cannot be what the question is about
        return _page(request, 400, *NOT_UNDERSTOOD)
    if state == TOO_LONG:
        return _page(
            request,
            503,
            ("Trang này mất quá nhiều thời gian", "This page took too long"),
            (
                "Cơ sở dữ liệu đang bận hoặc câu hỏi quá lớn. Thử lại sau, hoặc chọn kỳ ngắn hơn.",
                "The database is busy or the question too large. Try later, or ask for a shorter period.",
            ),
        )
    if isinstance(error, OperationalError):
        return _page(
            request,
            503,
            ("Cơ sở dữ liệu không trả lời", "The database does not answer"),
            (
                "Thử lại sau một phút. Người vận hành: xem `decision766 status` và nhật ký của PostgreSQL.",
                "Try again in a minute. Operators: see `decision766 status` and PostgreSQL's log.",
            ),
        )
    raise error


NOT_UNDERSTOOD: tuple[Words, Words] = (
    ("Địa chỉ không đọc được", "The address cannot be read"),
    (
        "Một phần của địa chỉ không đúng dạng. Kỳ viết là 2026-08, 2026-Q3 hoặc 2026.",
        "A part of the address has the wrong form. A period is written 2026-08, 2026-Q3 or 2026.",
    ),
)


def _not_understood(request: Request, error: Exception) -> Response:
    error = cast(RequestValidationError, error)
    if any(fault["loc"] == ("path", "lang") for fault in error.errors()):
        return _http(request, HTTPException(404))
    return _page(request, 422, *NOT_UNDERSTOOD)


def _http(request: Request, error: Exception) -> Response:
    error = cast(HTTPException, error)
    base = request.scope.get("root_path", "")
    if request.url.path.removeprefix(base).startswith("/api/"):  # a line break in it: no mount takes it
        from decision766.scoreboard.api.problems import answer_http  # noqa: PLC0415 - it builds on this module

        return answer_http(request, error)
    headers: Any = error.headers or {}
    if 300 <= error.status_code < 400 and "Location" in headers:
        return RedirectResponse(headers["Location"], status_code=error.status_code)
    if error.status_code in (401, 403):
        words = (
            ("Cần đăng nhập", "Please log in")
            if error.status_code == 401
            else ("Không có quyền", "Not allowed")
        )
        why = (
            "Trang này mở sau khi đăng nhập Airflow.",
            "This page opens after you have logged in to Airflow.",
        )
        return _page(request, error.status_code, words, why)
    response = _page(
        request,
        error.status_code,
        ("Không có trang này", "There is no such page"),
        ("Địa chỉ không dẫn đến trang nào.", "The address leads to no page."),
    )
    response.headers.update(headers)
    return response
