"""An auditor's verdict from a page: a plain form, its token, and the same code as `decision766 sign run`.

The token is bound to the account, the run, what the run's results were and the last entry of the ledger when
the page was shown, and holds an hour: once anything was appended it is used up, so that a form sent twice
signs once. A request from another site is refused by its origin before the token is looked at.
"""

import hmac
import os
import secrets
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from fastapi import HTTPException, Request
from sqlalchemy import Engine

from decision766.ledger.chain import Entry, last_entry
from decision766.ledger.statements import sign_validation_run, validation_run_sha256
from decision766.scoreboard.identity import Identity
from decision766.settings import Settings

HOLDS_SECONDS = 3600
LARGEST = 16_384  # bytes of a form
FIELDS = ("token", "decision", "comment")


class Refused(Exception):
    """A verdict was not taken. why: a word of REFUSALS (scoreboard.words)."""

    def __init__(self, status: int, why: str) -> None:
        self.status, self.why = status, why
        super().__init__(why)


def page_key(settings: Settings) -> bytes:
    """The secret of the forms' tokens, made once in the state folder."""
    path: Path = settings.home / "secrets" / "pages.key"
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(made, path)  # whole or not at all; who was first stays
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return bytes.fromhex(path.read_text().strip())


def token_of(
    key: bytes, who: Identity, run: str, results: str, head: int, *, until: int | None = None
) -> str:
    """The token of a form shown now. head: number of the ledger's last entry."""
    until = until or int(time.time()) + HOLDS_SECONDS
    said = "\0".join(("sign run", who.account, run, results, str(head), str(until)))
    return f"{until}.{head}.{hmac.digest(key, said.encode(), 'sha256').hex()}"


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form, bounded.

    Raises:
        HTTPException: it is too large (413) or no form (415).
    """
    if (
        request.headers.get("content-type", "").partition(";")[0].strip()
        != "application/x-www-form-urlencoded"
    ):
        raise HTTPException(415)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise HTTPException(413)
    found = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    return {name: found[name][0] for name in FIELDS if name in found}


def refuse_other_origins(request: Request) -> None:
    """Refuse what another site sent, and what does not say where it comes from.

    Raises:
        Refused: it is not from a page of ours.
    """
    fetched = request.headers.get("sec-fetch-site")
    if fetched is not None and fetched != "same-origin":
        raise Refused(403, "origin")
    source = request.headers.get("origin") or request.headers.get("referer") or ""
    if urlsplit(source).netloc.lower() != request.headers.get("host", "").lower() or not source:
        raise Refused(403, "origin")


def sign(engine: Engine, settings: Settings, who: Identity | None, run: str, form: dict[str, str]) -> Entry:
    """Take the verdict.

    Raises:
        Refused: nobody known, no auditor, no token, or one that is used up, of another page or too old.
        NotRecorded, LedgerBroken: as `sign_validation_run`.
    """
    if who is None:
        raise Refused(401, "nobody")
    if not who.may_sign:
        raise Refused(403, "role")
    until, _, rest = form.get("token", "").partition(".")
    head, _, _ = rest.partition(".")
    if not (until.isdecimal() and head.isdecimal() and len(until) < 12 and len(head) < 18):
        raise Refused(403, "token")
    with engine.connect() as connection:
        results = validation_run_sha256(connection, run) or ""
        newest = last_entry(connection)
    key = page_key(settings)
    wanted = token_of(key, who, run, results, int(head), until=int(until))
    if not hmac.compare_digest(wanted.encode(), form["token"].encode("utf-8", "replace")):
        raise Refused(403, "token")
    seen = newest.entry_no if newest else 0
    if int(until) < time.time() or int(head) != seen:
        raise Refused(409, "stale")
    return sign_validation_run(
        engine,
        run,
        decision=form.get("decision", ""),
        by=who.account,
        comment=form.get("comment", ""),
        settings=settings,
        seen=int(head),
    )
