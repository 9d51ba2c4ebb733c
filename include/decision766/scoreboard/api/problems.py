"""Problems as RFC 9457 states them: what, why, near matches, the next step; in English and Vietnamese."""

import math
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from starlette.exceptions import HTTPException

from decision766.reporting.explain import UnknownIndicator, UnknownProcedure
from decision766.reporting.lookup import NotFoundInMarts, UnknownPeriod, UnknownUnit
from decision766.scoreboard.api.limits import TooMany
from decision766.scoreboard.api.paging import UnknownCursor
from decision766.scoreboard.errors import NOT_BUILT, NOT_GRANTED, TOO_LONG
from decision766.scoreboard.identity import viewer
from decision766.scoreboard.page import NoDataYet
from decision766.scoreboard.visitors import NotTheirs

MEDIA = "application/problem+json"
DAGS = ("ingest_national_portal", "ingest_provincial_systems", "build_indicator_marts")
LONGEST_ECHO = 60
KINDS: tuple[tuple[type[NotFoundInMarts], str, str], ...] = (
    (UnknownUnit, "unknown-unit", "Không có đơn vị này"),
    (UnknownPeriod, "unknown-period", "Không có số liệu cho kỳ này"),
    (UnknownIndicator, "unknown-indicator", "Không có chỉ số này"),
    (UnknownProcedure, "unknown-procedure", "Không có thủ tục này"),
)
OTHER_COLUMNS = "42703"
RETRY = {"Retry-After": "60"}


class Problem(BaseModel):
    """What went wrong with a request (RFC 9457)."""

    type: str = Field(description="Kind of problem.", examples=["urn:decision766:problem:unknown-unit"])
    title: str = Field(description="The kind in words.", examples=["Unknown unit"])
    title_vi: str = Field(description="The kind in Vietnamese.", examples=["Không có đơn vị này"])
    status: int = Field(description="HTTP status.", examples=[404])
    detail: str = Field(description="This case, and the next step.")
    instance: str = Field(description="Path that was asked for.", examples=["/api/v1/units/H122"])
    near: list[str] = Field(default=[], description="What may have been meant.", examples=[["H12"]])
    dags: list[str] = Field(default=[], description="DAGs to run, in this order, where no data are yet.")
    faults: list[dict[str, Any]] = Field(default=[], description="Parameters that are wrong, and why.")


class NotModified(Exception):
    """The reader's copy is still good. headers: of the answer 304."""

    def __init__(self, headers: dict[str, str]) -> None:
        self.headers = headers
        super().__init__()


class RepeatedParameter(Exception):
    """A query parameter is given more than once."""


def add_problems(app: FastAPI) -> None:
    """Answer every error with a problem."""
    app.add_exception_handler(NotModified, _not_modified)
    app.add_exception_handler(NotFoundInMarts, _not_there)
    app.add_exception_handler(NoDataYet, _no_data)
    app.add_exception_handler(UnknownCursor, _cursor)
    app.add_exception_handler(RepeatedParameter, _repeated)
    app.add_exception_handler(TooMany, _too_many)
    app.add_exception_handler(NotTheirs, _not_theirs)
    app.add_exception_handler(DBAPIError, _database)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(HTTPException, answer_http)


def problem(  # noqa: PLR0917 - what a problem states
    request: Request,
    status: int,
    kind: str,
    vietnamese: str,
    detail: str,
    headers: dict[str, str] | None = None,
    **further: Any,
) -> Response:
    """Make the answer."""
    stated = Problem(
        type=f"urn:decision766:problem:{kind}",
        title=kind.replace("-", " ").capitalize(),
        title_vi=vietnamese,
        status=status,
        detail=detail,
        instance=request.url.path[:200],
        **further,
    )
    return JSONResponse(
        stated.model_dump(exclude_defaults=True), status_code=status, headers=headers, media_type=MEDIA
    )


def _not_modified(_: Request, error: Exception) -> Response:
    return Response(status_code=304, headers=cast(NotModified, error).headers)


def _not_there(request: Request, error: Exception) -> Response:
    error = cast(NotFoundInMarts, error)
    found = [(name, words) for kind, name, words in KINDS if isinstance(error, kind)]
    name, words = found[0] if found else ("not-found", "Không có")
    detail = f"There is no {error.what} «{error.asked[:LONGEST_ECHO]}»."
    return problem(request, 404, name, words, detail, near=[near.partition(" (")[0] for near in error.near])


def _no_data(request: Request, _: Exception) -> Response:
    detail = "No scorecard has been computed yet. Run the DAGs in Airflow, in this order."
    return problem(request, 404, "no-data-yet", "Chưa có số liệu", detail, dags=list(DAGS))


def _cursor(request: Request, _: Exception) -> Response:
    detail = "A cursor is taken from `next` of the page before, with the same filters."
    return problem(request, 400, "unknown-cursor", "Con trỏ trang không hợp lệ", detail)


def _repeated(request: Request, error: Exception) -> Response:
    detail = f"The parameter {str(error)[:LONGEST_ECHO]!r} is given more than once."
    return problem(request, 400, "repeated-parameter", "Tham số bị lặp", detail)


def _too_many(request: Request, error: Exception) -> Response:
    seconds = max(1, math.ceil(cast(TooMany, error).seconds))
    detail = f"Ask again in {seconds} s. The limit is DECISION766_API_REQUESTS_PER_MINUTE."
    return problem(
        request, 429, "too-many-requests", "Quá nhiều yêu cầu", detail, {"Retry-After": str(seconds)}
    )


def _not_theirs(request: Request, error: Exception) -> Response:
    own, asked = cast(NotTheirs, error).own, cast(NotTheirs, error).asked
    detail = "The role of this account may not see this. Operators give roles: docs/rights.md."
    if own.unit and asked:
        detail = f"This account sees unit {own.unit} and those below it; «{asked[:LONGEST_ECHO]}» is not one."
    return problem(request, 403, "not-allowed", "Ngoài phạm vi được xem", detail)


def _database(request: Request, error: Exception) -> Response:
    error = cast(DBAPIError, error)
    state = getattr(error.orig, "sqlstate", None)
    if isinstance(error, ProgrammingError) and state in NOT_BUILT:
        return _no_data(request, error)
    if state == NOT_GRANTED:
        return _not_theirs(request, NotTheirs("", viewer(request)))
    if state == OTHER_COLUMNS:
        detail = "The marts were built by another version. Run the DAG build_indicator_marts."
        return problem(request, 503, "marts-of-another-version", "Bảng thuộc phiên bản khác", detail, RETRY)
    if state and state.startswith("22"):
        detail = "A value cannot be what the question is about."
        return problem(request, 400, "bad-value", "Giá trị không hợp lệ", detail)
    if state == TOO_LONG:
        detail = "The answer took too long. Ask for a shorter period or a smaller page."
        return problem(request, 503, "took-too-long", "Mất quá nhiều thời gian", detail, RETRY)
    if isinstance(error, OperationalError):
        detail = "The database does not answer. Operators: `decision766 status`."
        return problem(request, 503, "no-database", "Cơ sở dữ liệu không trả lời", detail, RETRY)
    raise error


def _not_understood(request: Request, error: Exception) -> Response:
    faults = [
        {"in": str(fault["loc"][0]), "name": str(fault["loc"][-1])[:LONGEST_ECHO], "rule": fault["msg"]}
        for fault in cast(RequestValidationError, error).errors()
    ]
    detail = "A parameter has the wrong form. A period is written 2026-08, 2026-Q3 or 2026."
    return problem(request, 422, "wrong-form", "Tham số không đúng dạng", detail, faults=faults)


def answer_http(request: Request, error: Exception) -> Response:
    """A refusal by its status."""
    error = cast(HTTPException, error)
    if 300 <= error.status_code < 400:  # a page leads to the login; a program is told to log in
        detail = "Send the token of Airflow's API (Authorization: Bearer …) or its cookie."
        return problem(request, 401, "not-logged-in", "Cần đăng nhập", detail, {"WWW-Authenticate": "Bearer"})
    kinds = {
        401: ("not-logged-in", "Cần đăng nhập"),
        403: ("not-allowed", "Không có quyền"),
        404: ("no-such-address", "Không có địa chỉ này"),
        405: ("read-only", "Chỉ đọc"),
    }
    kind, words = kinds.get(error.status_code, ("refused", "Bị từ chối"))
    headers = dict(error.headers or {})
    return problem(request, error.status_code, kind, words, str(error.detail), headers)
