"""Routes of the audit beside its pages: files of the reports, and the one address that takes a verdict."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi import Path as InPath
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

from decision766.ledger.errors import LedgerError
from decision766.scoreboard.identity import identity
from decision766.scoreboard.page import View
from decision766.scoreboard.pages.audit import reports_folder, run_page
from decision766.scoreboard.render import html
from decision766.scoreboard.signing import Refused, form_of, refuse_other_origins, sign
from decision766.scoreboard.words import REFUSALS, Lang

# A report runs a script of its own; as a sandboxed page of no origin it reaches nothing of these pages.
REPORT_POLICY = (
    "sandbox allow-scripts allow-downloads; default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
MEDIA = {".html": "text/html", ".json": "application/json", ".csv": "text/csv"}
RunId = Annotated[str, InPath(pattern=r"^[0-9a-fA-F-]{36}$")]


def add_audit_routes(router: APIRouter, viewed: Any) -> None:
    """Add the files of the reports and the address of verdicts. viewed: the annotation of a view."""

    def report_file(request: Request, lang: Annotated[Lang, InPath()], path: str) -> Response:
        return _report(reports_folder(request.app.state.settings), path)

    async def signed(request: Request, view: viewed, run: RunId) -> Response:
        return await _signed(request, view, run)

    router.add_api_route("/{lang}/audit/reports/{path:path}", report_file, response_class=FileResponse)
    router.add_api_route(
        "/{lang}/audit/run/{run}/sign", signed, methods=["POST"], response_class=HTMLResponse
    )


def _report(folder: Path, path: str) -> Response:
    root = folder.resolve()
    if "\0" in path or len(path) > 300:
        raise HTTPException(404)
    asked = (root / path).resolve()
    if not asked.is_relative_to(root) or asked.suffix not in MEDIA or not asked.is_file():
        raise HTTPException(404)
    return FileResponse(
        asked, media_type=MEDIA[asked.suffix], headers={"Content-Security-Policy": REPORT_POLICY}
    )


async def _signed(request: Request, view: View, run: str) -> Response:
    """Take a verdict and show the run again; a refusal is said on its page."""
    state = request.app.state
    who = identity(request)
    try:
        refuse_other_origins(request)
        form = await form_of(request)
        await asyncio.to_thread(sign, state.connections.signing, state.settings, who, run, form)
    except Refused as refused:
        why = view.say.of(REFUSALS, refused.why)
        return await asyncio.to_thread(_refused, request, view, run, refused.status, why)
    except LedgerError as problem:
        why = f"{problem.message} {problem.next_step}".strip()
        return await asyncio.to_thread(_refused, request, view, run, 422, why)
    state.keeper.states.forget()
    return RedirectResponse(view.to.validation_run(run.lower()), status_code=303)


def _refused(request: Request, view: View, run: str, status: int, why: str) -> Response:
    page = run_page(view, request.app.state.settings, identity(request), run, refusal=why)
    return HTMLResponse(html(page, view.to, view.say), status_code=status)
