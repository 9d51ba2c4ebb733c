"""One polite HTTP client for every family: rate, time-outs, retries, and clear failures.

The client sends calls and returns JSON. What it cannot use, it tries again as the source's YAML says,
then raises `SourceError` with the call and the cause. No message carries a payload, a header or a
piece of an answer.
"""

import dataclasses
import datetime as dt
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
import urllib3

from decision766.records.kinds import TOKEN
from decision766.sources.base import Rate, Retries, Timeout
from decision766.sources.contract import SourceError

# urllib3 quotes addresses and pieces of answers in its warnings, and a query may name a record.
logging.getLogger("urllib3").setLevel(logging.ERROR)
USER_AGENT = "decision766"
SUCCESS = (200, 201)
_NO_SESSION = 401
_CHUNK = 64 * 1024
_HEAD_START = 0.005  # seconds; decoding holds the interpreter, so the call must be out before it begins
_HEAD = 4096
_WALL = (b"request rejected", b"access denied")


class HttpSource(Protocol):
    """The settings of a source that the client needs."""

    @property
    def id(self) -> str:
        """Source id."""
        ...

    @property
    def rate(self) -> Rate:
        """Pause between calls."""
        ...

    @property
    def timeout(self) -> Timeout:
        """Limits of one call."""
        ...

    @property
    def retries(self) -> Retries:
        """Tries of one call."""
        ...


@dataclass(frozen=True)
class HttpAnswer:
    """A JSON answer: decoded bytes, parsed value, and how many tries it took; fetched_at is aware UTC."""

    status: int
    body: bytes
    data: Any
    attempts: int
    fetched_at: dt.datetime


@dataclass(frozen=True)
class _Call:
    """One call as it is sent; two that are equal ask for the same."""

    method: str
    path: str
    headers: Mapping[str, str]
    content: Mapping[str, Any]
    bare_statuses: tuple[int, ...] = ()


class _FaultError(Exception):
    """One try failed. `again`: another try may help. `wait`: seconds that the source asked for."""

    def __init__(self, kind: str, cause: str, *, again: bool, wait: float | None = None):
        self.kind, self.cause, self.again, self.wait = kind, cause, again, wait
        super().__init__(cause)


class HttpClient:
    """Client of one source: one session, one call at a time.

    A caller that knows its next call names it with the present one: it is sent once the present answer
    is here, and is on its way while that is decoded.

    parse: bytes → JSON value, raising ValueError. ca_bundle: file of the certificate authorities to
    trust instead of the public ones, for systems on a government network. sleep and clock count
    seconds; tests replace them.
    """

    def __init__(
        self,
        source: HttpSource,
        base_url: str,
        *,
        parse: Callable[[bytes], Any],
        ca_bundle: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._source, self._base_url, self._parse = source, base_url.rstrip("/"), parse
        self._sleep, self._clock = sleep, clock
        self._last_call: float | None = None
        self._random = random.Random()  # noqa: S311 - jitter, not a secret
        self._one_at_a_time = threading.Lock()
        self._sender: ThreadPoolExecutor | None = None
        self._ahead: tuple[_Call, Future[tuple[int, bytes]]] | None = None
        self._session = requests.Session()
        self._session.headers["User-Agent"] = USER_AGENT
        # No proxy variable and no netrc file decides where a source's credentials go.
        self._session.trust_env = False
        if ca_bundle:
            self._session.verify = ca_bundle

    def post(
        self,
        path: str,
        payload: Mapping[str, Any],
        *,
        entity: str,
        call: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        error_bodies: bool = False,
        following: Mapping[str, Any] | None = None,
    ) -> HttpAnswer:
        """POST `payload` as JSON; return the parsed answer.

        call: what is asked, without secrets: it stands in messages. error_bodies: hand over a JSON
        answer of any status that is neither refused nor tried again, for families whose envelope says
        what went wrong; a 401 without JSON comes with the value null. following: the payload of the
        next call to the same path, if it is known.

        Raises:
            SourceError: unreachable, refused or unreadable after the tries that the YAML allows.
        """
        return self.request(
            "POST",
            path,
            entity=entity,
            call=call,
            headers=headers,
            error_bodies=error_bodies,
            content={"json": dict(payload)},
            following=None if following is None else {"json": dict(following)},
        )

    def request(
        self,
        method: str,
        path: str,
        *,
        entity: str,
        call: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        error_bodies: bool = False,
        bare_statuses: tuple[int, ...] = (),
        content: Mapping[str, Any] | None = None,
        following: Mapping[str, Any] | None = None,
    ) -> HttpAnswer:
        """Send one call, tried as the YAML allows; return the parsed answer.

        content: what goes with it, as `requests` names it: json, data (a form) or params (a query).
        following: the content of the next call, which is the same otherwise, if it is known.
        bare_statuses: handed over at once, whatever the body, which is not looked at (data is None):
        a 401 whose meaning the family knows. The rest is as in `post`.

        Raises:
            SourceError: unreachable, refused or unreadable after the tries that the YAML allows.
        """
        attempt, sent = 0, _Call(method, path, dict(headers or {}), dict(content or {}), bare_statuses)
        while True:
            attempt += 1
            try:
                status, body = self._reply(sent)
                if following is not None:
                    self._send_ahead(dataclasses.replace(sent, content=following))
                data = None
                if status not in bare_statuses:
                    body, data = self._decode(status, body, error_bodies)
                return HttpAnswer(status, body, data, attempt, dt.datetime.now(dt.UTC))
            except _FaultError as fault:
                cause, limit = fault.cause, self._source.retries.max_wait_seconds
                if fault.wait is not None and fault.wait > limit:
                    cause += f" and asks to wait {fault.wait:.0f} s, more than the {limit:.0f} s allowed"
                elif fault.again and attempt < self._source.retries.attempts:
                    self._sleep(self._backoff(attempt) if fault.wait is None else fault.wait)
                    continue
                tried = "1 try" if attempt == 1 else f"{attempt} tries"
                raise SourceError(
                    self._source.id,
                    entity,
                    f"{method} {path} ({describe(call)}): {cause} ({tried})",
                    kind=fault.kind,
                    call={**call, "attempts": attempt},
                    again_at=None if fault.wait is None else _in(fault.wait),
                ) from None

    def close(self) -> None:
        """Close the connections of the session."""
        if self._sender is not None:
            self._sender.shutdown(cancel_futures=True)
        self._session.close()

    def _reply(self, call: _Call) -> tuple[int, bytes]:
        """Status and whole body of a call, which may have been sent already."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            if ahead[0] == call:
                return ahead[1].result()
            ahead[1].cancel()  # the caller turned another way: a new session, or the same call again
        return self._send(call)

    def _send_ahead(self, call: _Call) -> None:
        self._sender = self._sender or ThreadPoolExecutor(1, thread_name_prefix="send")
        reply = self._sender.submit(self._send, call)
        self._ahead = (call, reply)
        wait((reply,), timeout=_HEAD_START)

    def _send(self, call: _Call) -> tuple[int, bytes]:
        with self._one_at_a_time:
            self._keep_rate()
            return self._try(call)

    def _backoff(self, attempt: int) -> float:
        retries = self._source.retries
        return float(min(retries.backoff_seconds * 2 ** (attempt - 1), retries.max_wait_seconds))

    def _keep_rate(self) -> None:
        rate, now = self._source.rate, self._clock()
        if self._last_call is not None and (rate.min_delay_seconds or rate.jitter_seconds):
            pause = rate.min_delay_seconds + self._random.uniform(0, rate.jitter_seconds)
            remaining = self._last_call + pause - now
            if remaining > 0:
                self._sleep(remaining)
        self._last_call = self._clock()

    def _try(self, call: _Call) -> tuple[int, bytes]:
        """One try: status and the whole decoded body."""
        timeout, place = self._source.timeout, _place(self._base_url)
        try:
            with self._session.request(
                call.method,
                self._base_url + call.path,
                **call.content,
                headers=dict(call.headers),
                timeout=(timeout.connect_seconds, timeout.read_seconds),
                stream=True,
                allow_redirects=False,
            ) as response:
                if response.status_code in call.bare_statuses:
                    return response.status_code, b""
                self._check_status(response)
                return response.status_code, self._body(response)
        except (
            requests.exceptions.InvalidURL,
            requests.exceptions.MissingSchema,
            requests.exceptions.InvalidSchema,
        ):
            raise _FaultError(
                "unreachable", "the connection's base URL cannot be used", again=False
            ) from None
        except requests.exceptions.SSLError:
            raise _FaultError("unreachable", f"TLS to {place} failed", again=False) from None
        except (requests.exceptions.ContentDecodingError, urllib3.exceptions.DecodeError):
            raise _FaultError("unreadable", "the compressed body cannot be unpacked", again=True) from None
        except requests.exceptions.ConnectTimeout:
            limit = f"{timeout.connect_seconds:g} s"
            raise _FaultError(
                "unreachable", f"{place} did not accept a connection in {limit}", again=True
            ) from None
        except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError):
            limit = f"{timeout.read_seconds:g} s"
            raise _FaultError("unreachable", f"{place} sent nothing for {limit}", again=True) from None
        except (requests.exceptions.ChunkedEncodingError, urllib3.exceptions.ProtocolError):
            raise _FaultError("unreadable", "the body broke off", again=True) from None
        except requests.exceptions.ConnectionError as error:
            raise _FaultError("unreachable", f"{_connection_cause(error)} {place}", again=True) from None
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            raise _FaultError("unreachable", f"{type(error).__name__} at {place}", again=True) from None

    def _check_status(self, response: requests.Response) -> None:
        status, wait = response.status_code, None
        if asked := response.headers.get("Retry-After"):
            try:
                wait = urllib3.Retry().parse_retry_after(asked)
            except urllib3.exceptions.InvalidHeader:
                wait = None
        if status in (429, 503) and wait is not None:
            raise _FaultError("refused", f"status {status}, the source is busy", again=True, wait=wait)
        if status in (403, 429):
            again = status in self._source.retries.statuses
            raise _FaultError("refused", f"status {status}, the source refuses the call", again=again)
        if status in self._source.retries.statuses:
            raise _FaultError("unreachable", f"status {status}", again=True)
        if 300 <= status < 400:
            raise _FaultError("unreadable", f"status {status}, a redirect instead of an answer", again=False)

    def _body(self, response: requests.Response) -> bytes:
        """Read the body within the time of one answer: what has come is looked at whenever some comes."""
        limit, began = self._source.timeout.total_seconds, self._clock()
        parts = list[bytes]()
        while part := response.raw.read1(_CHUNK, decode_content=True):
            parts.append(part)
            if self._clock() - began > limit:
                raise _FaultError("unreachable", f"the answer took longer than {limit:g} s", again=True)
        return b"".join(parts)

    def _decode(self, status: int, body: bytes, error_bodies: bool) -> tuple[bytes, Any]:
        """Body and JSON value; JSON that was encoded once more as one text is opened first."""
        try:
            body, data = self._parsed(status, body, usable=status in SUCCESS or error_bodies)
            if isinstance(data, str) and data.lstrip()[:1] in ("{", "["):
                return self._parsed(status, data.encode(), usable=True)
        except _FaultError:
            if status == _NO_SESSION and error_bodies:
                return body, None  # a proxy's bare 401 says what there is to say
            raise
        return body, data

    def _parsed(self, status: int, body: bytes, *, usable: bool) -> tuple[bytes, Any]:
        head = body[:_HEAD].lstrip().lower()
        if not head:
            raise _FaultError("unreadable", f"status {status} with an empty body", again=True)
        if any(sign in head for sign in _WALL) and not head.startswith((b"{", b"[")):
            raise _FaultError("refused", f"status {status}, a firewall rejects the call", again=False)
        if head.startswith(b"<"):
            raise _FaultError("unreadable", f"status {status} with an HTML page instead of JSON", again=True)
        try:
            data = self._parse(body)
        except ValueError:
            if not usable:
                raise _FaultError("refused", f"status {status}", again=False) from None
            raise _FaultError(
                "unreadable", f"status {status}, {len(body)} bytes that are no whole JSON", again=True
            ) from None
        if not usable:
            raise _FaultError("refused", f"status {status}", again=False)
        return body, data


def shown_code(code: Any, longest: int = 40) -> str:
    """Return a source's error code if it is one, else nothing: where a code belongs, anything may stand."""
    text = str(code) if isinstance(code, str | int) and not isinstance(code, bool) else ""
    bare = text.removeprefix("-")
    return text if len(text) <= longest and TOKEN.read(bare) == bare else ""


def _in(seconds: float) -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)


def describe(call: Mapping[str, Any]) -> str:
    """Name a call in one line, in the order of its parts, nulls left out."""
    return ", ".join(f"{key} {value}" for key, value in call.items() if value is not None)


def _place(base_url: str) -> str:
    """Host and port of a URL, without credentials or path."""
    try:
        parts = urlsplit(base_url)
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
    except ValueError:
        return "the host"


def _connection_cause(error: requests.exceptions.ConnectionError) -> str:
    text = str(error)
    if "Connection refused" in text:
        return "connection refused by"
    if "NameResolutionError" in text or "Name or service not known" in text:
        return "no address is known of"
    if "reset by peer" in text or "RemoteDisconnected" in text or "Connection aborted" in text:
        return "connection broken by"
    return "no connection to"
