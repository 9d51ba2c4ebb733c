"""Family `dvcqg_exchange`: records of one provincial system, behind the government's exchange gateway.

Login gives a session; every call posts `{session, madonvi, service, …}` and gets `{error_code,
message, result}` without paging. Windows are half-open spans of the records' own update time, local
time of Asia/Ho_Chi_Minh, written yyyyMMddHHmmss. The reply comes in several wrappings, all opened here.
"""

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from decision766.sources.config import ExchangeEntity, ExchangeSource
from decision766.sources.contract import Connection, SourceAnswer, SourceError, Window
from decision766.sources.http import HttpAnswer, HttpClient, describe, shown_code
from decision766.sources.periods import LOCAL, slices, span_to_read

# Public catalogues and published totals: no person is in them, they are kept byte for byte.
PUBLIC_ENTITIES = frozenset(
    {
        "org_unit",
        "procedure",
        "unit_procedure_authority",
        "service",
        "procedure_part",
        "decision",
        "national_report_total",
        "portal_total",
    }
)
_STAMP = "%Y%m%d%H%M%S"
_SUCCESS_TEXT = frozenset({"ok", "success", "thành công"})
_WRAPPINGS = 3


class _SessionExpiredError(Exception):
    """The gateway no longer knows the session."""


class ExchangeAdapter:
    """Reads the records of one provincial system; see `decision766.sources.contract.Adapter`."""

    def __init__(self, config: ExchangeSource, connection: Connection, client: HttpClient | None = None):
        self._config, self._connection = config, connection
        self._client = client or HttpClient(
            config, connection.base_url, parse=orjson.loads, ca_bundle=connection.extra.get("ca_bundle")
        )
        self._entities: dict[str, ExchangeEntity] = {item.entity: item for item in config.entities}
        self._session: str | None = None

    def entities(self) -> list[str]:
        """Entities in the order of the YAML, catalogues first."""
        return [item.entity for item in self._config.entities]

    def raw_entities(self, entity: str) -> list[str]:
        """Raw tables that the answers of `entity` fill: its own."""
        return [entity]

    def notes(self) -> list[str]:
        """Nothing: every answer of this family is a success or a failure."""
        return []

    def has_windows(self, entity: str) -> bool:
        """Entities that are asked for by their time of change have windows, catalogues do not."""
        return self._entities[entity].window is not None

    def fetch(
        self, entity: str, *, cursor: str | None, observed_at: dt.datetime, window: Window | None = None
    ) -> Iterator[SourceAnswer]:
        """Yield one answer per slice of time, or the whole catalogue.

        A run reads [cursor − overlap, observed_at), the first one from first_window_start; with `window`
        that alone, as far as it lies before observed_at.

        Raises:
            SourceError: unreachable, refused, unreadable, envelope, session or incomplete.
        """
        wanted = self._entities[entity]
        if wanted.each_of:
            yield self._one_by_one(wanted)
        elif wanted.window is None:
            yield self._whole(wanted, None)
        else:
            first = dt.datetime.combine(self._config.first_window_start, dt.time(), LOCAL)
            overlap = dt.timedelta(hours=wanted.window.overlap_hours)
            span = span_to_read(first, cursor, overlap, observed_at, window)
            windows = [Window(*ends) for ends in slices(span.start, span.end, self._config.slice)]
            for asked, following in itertools.zip_longest(windows, windows[1:]):
                yield self._whole(wanted, asked, following)

    def next_cursor(self, entity: str, *, cursor: str | None, observed_at: dt.datetime) -> str:
        """Return the upper bound of what was read; it never moves back."""
        reached = observed_at if cursor is None else max(observed_at, dt.datetime.fromisoformat(cursor))
        return reached.astimezone(LOCAL).isoformat()

    def _whole(
        self, wanted: ExchangeEntity, window: Window | None, following: Window | None = None
    ) -> SourceAnswer:
        """One call: a slice, or a catalogue. following: the slice that is asked for next."""
        parameters = _parameters(wanted, window)
        call = {"service": wanted.service, **parameters}
        then = _parameters(wanted, following) if following is not None else None
        answer, records = self._ask(wanted.entity, wanted.service, parameters, call, then)
        if not records:
            # This family announces no total: that there is nothing is believed when it is said twice.
            answer, records = self._ask(wanted.entity, wanted.service, parameters, call)
        return SourceAnswer(
            entity=wanted.entity,
            records={wanted.entity: records},
            body=answer.body,
            call=call,
            fetched_at=answer.fetched_at,
            verbatim=wanted.entity in PUBLIC_ENTITIES,
            window=window,
            http_status=answer.status,
            attempt=answer.attempts,
        )

    def _one_by_one(self, wanted: ExchangeEntity) -> SourceAnswer:
        """List the keys, then ask for each; all of it is one answer, complete or failed."""
        each = wanted.each_of
        if each is None:
            raise ValueError(f"{wanted.entity} is not read key by key")
        listing = {"service": each.service}
        answer, rows = self._ask(wanted.entity, each.service, {}, listing)
        keys = list(dict.fromkeys(str(row[each.key]) for row in rows if row.get(each.key)))
        if rows and not keys:
            raise self._error(wanted.entity, listing, f"no row of the list carries {each.key}", "envelope")
        records: list[dict[str, Any]] = []
        attempt = answer.attempts
        for number, key in enumerate(keys, start=1):
            call = {"service": wanted.service, each.parameter: f"{number} of {len(keys)}"}
            one, found = self._ask(
                wanted.entity, wanted.service, {**wanted.parameters, each.parameter: key}, call
            )
            attempt = max(attempt, one.attempts)
            if not found:
                raise self._error(wanted.entity, call, "a listed key has no record", "incomplete")
            records.extend(found)
        return SourceAnswer(
            entity=wanted.entity,
            records={wanted.entity: records},
            body=orjson.dumps(records),
            call={"service": wanted.service, "each_of": each.service, "keys": len(keys)},
            fetched_at=answer.fetched_at,
            verbatim=wanted.entity in PUBLIC_ENTITIES,
            http_status=answer.status,
            attempt=attempt,
            announced=len(keys),
        )

    def _ask(
        self,
        entity: str,
        service: str,
        parameters: Mapping[str, str],
        call: Mapping[str, Any],
        following: Mapping[str, str] | None = None,
    ) -> tuple[HttpAnswer, list[dict[str, Any]]]:
        """Call a service; log in before the first call, and once more if the session has expired.

        following: parameters of the next call of the same service, if there is one.
        """
        for last in (False, True):
            if self._session is None:
                self._session = self._login(entity)
            asked = {
                "session": self._session,
                "madonvi": self._extra(entity, "madonvi"),
                "service": service,
            }
            answer = self._client.post(
                self._config.service_path,
                {**asked, **parameters},
                entity=entity,
                call=call,
                headers=self._routing(entity),
                error_bodies=True,
                following=None if following is None else {**asked, **following},
            )
            try:
                return answer, self._open(entity, call, answer)
            except _SessionExpiredError:
                self._session = None
                if last:
                    raise self._error(
                        entity, call, "the session expired again after a new login", "session"
                    ) from None
        raise AssertionError("unreachable")

    def _login(self, entity: str) -> str:
        call = {"service": "login"}
        if not self._connection.login or not self._connection.password:
            raise self._error(
                entity, call, f"connection {self._config.connection} has no login or no password", "session"
            )
        answer = self._client.post(
            self._config.login_path,
            {"username": self._connection.login, "password": self._connection.password},
            entity=entity,
            call=call,
            headers=self._routing(entity),
            error_bodies=True,
        )
        reply = answer.data
        session = reply.get("session") if isinstance(reply, dict) else None
        if not isinstance(reply, dict) or not _is_success(reply.get("error_code", 0)) or not session:
            raise self._error(entity, call, f"login refused, {_code_of(reply)}", "session")
        return str(session)

    def _routing(self, entity: str) -> dict[str, str]:
        return {"dstcode": self._extra(entity, "dstcode")}

    def _extra(self, entity: str, key: str) -> str:
        value = self._connection.extra.get(key)
        if not value:
            cause = f"connection {self._config.connection} lacks the extra {key}; add it to the connection"
            raise self._error(entity, {}, cause, "session")
        return str(value)

    def _open(self, entity: str, call: Mapping[str, Any], answer: HttpAnswer) -> list[dict[str, Any]]:
        """Unwrap a reply: an envelope, a bare list, or JSON text inside `message` or `result`."""
        if answer.status == 401:
            raise _SessionExpiredError
        reply = answer.data
        for _ in range(_WRAPPINGS):
            if isinstance(reply, list):
                if not all(isinstance(record, dict) for record in reply):
                    raise self._error(
                        entity, call, "the result holds an element that is no object", "envelope"
                    )
                if answer.status >= 400:
                    break
                return reply
            if not isinstance(reply, dict):
                break
            code, message = reply.get("error_code"), reply.get("message")
            if self._has_expired(code, message):
                raise _SessionExpiredError
            told = isinstance(message, str) and message.strip().lower() in _SUCCESS_TEXT
            if not (_is_success(code) or (code in (None, "") and ("result" in reply or told))):
                raise self._error(entity, call, f"status {answer.status}, {_code_of(reply)}", "envelope")
            inner = reply.get("result")
            if inner is None and isinstance(message, str) and message.lstrip()[:1] in ("{", "["):
                inner = message
            if isinstance(inner, str) and inner.strip():
                try:
                    inner = orjson.loads(inner)
                except ValueError:
                    raise self._error(
                        entity, call, "the JSON inside the reply is not whole", "unreadable"
                    ) from None
            reply = [] if inner in ("", None) and "result" in reply else inner
        raise self._error(entity, call, f"status {answer.status}, the reply is no known envelope", "envelope")

    def _has_expired(self, code: Any, message: Any) -> bool:
        if code is None or _is_success(code):
            return False
        text = message.lower() if isinstance(message, str) else ""
        return str(code).strip() in self._config.session_error_codes or "session" in text or "phiên" in text

    def _error(self, entity: str, call: Mapping[str, Any], cause: str, kind: str) -> SourceError:
        asked = f"POST {self._config.service_path} ({describe(call)}): " if call else ""
        return SourceError(self._config.id, entity, f"{asked}{cause}", kind=kind, call=call)


def _parameters(wanted: ExchangeEntity, window: Window | None) -> dict[str, str]:
    """Parameters of a call: those of the YAML, and the span of time as the service names it."""
    if window is None or wanted.window is None:
        return dict(wanted.parameters)
    span = [at.astimezone(LOCAL).strftime(_STAMP) for at in (window.start, window.end)]
    named = dict(zip((wanted.window.from_parameter, wanted.window.to_parameter), span, strict=True))
    return {**wanted.parameters, **named}


def _is_success(code: Any) -> bool:
    """0, "0" and "00" say success."""
    return not isinstance(code, bool) and str(code).strip() in ("0", "00")


def _code_of(reply: Any) -> str:
    """The reply's error code for a message: shown only if it is a short code, never free text."""
    code = shown_code(reply.get("error_code"), 12) if isinstance(reply, dict) else ""
    return f"error code {code}" if code else "without an error code"
