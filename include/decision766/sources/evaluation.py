"""Family `dvcqg_evaluation`: published scores from the portal's evaluation API.

One entity per endpoint; every call names a unit, a period and at most one procedure. Success is
status 201 or 200 with code OK. Answers hold no personal data and are kept byte for byte; numbers are
read as decimals, so that every published digit survives. Paged answers are read whole or not at all.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from decision766.sources import published
from decision766.sources.config import EvaluationSource
from decision766.sources.contract import Connection, SourceAnswer, SourceError, Window
from decision766.sources.http import SUCCESS, HttpAnswer, HttpClient, describe, shown_code
from decision766.sources.periods import LOCAL, Period

RAW_ENTITIES = ("published_metric", "published_group")
_RESTARTS = 2


@dataclass(frozen=True)
class Ask:
    """One figure sheet to ask for: a period, all procedures or one."""

    period: Period
    expected: bool
    procedure_code: str | None = None
    formality_id: str | None = None


class _MovedError(Exception):
    """The list changed while its pages were read."""


class EvaluationAdapter:
    """Reads the published scores of one root unit; see `decision766.sources.contract.Adapter`."""

    def __init__(self, config: EvaluationSource, connection: Connection, client: HttpClient | None = None):
        self._config = config
        self._client = client or HttpClient(
            config, connection.base_url, parse=parse_decimal, ca_bundle=connection.extra.get("ca_bundle")
        )
        self._refused: str | None = None
        self._notes: list[str] = []

    def entities(self) -> list[str]:
        """Endpoints, in the order of the YAML."""
        return list(self._config.endpoints)

    def raw_entities(self, entity: str) -> list[str]:
        """Raw tables that an answer of any endpoint fills."""
        return list(RAW_ENTITIES)

    def notes(self) -> list[str]:
        """Periods that the portal does not hold and that the YAML does not expect."""
        return list(self._notes)

    def has_windows(self, entity: str) -> bool:
        """Every endpoint is asked for by period."""
        return True

    def fetch(
        self, entity: str, *, cursor: str | None, observed_at: dt.datetime, window: Window | None = None
    ) -> Iterator[SourceAnswer]:
        """Yield one answer per page, period and procedure.

        A period that the portal does not hold is an answer without records if the YAML does not
        expect it. cursor: the last run's present; closed periods that had settled by then are left
        out if the YAML sets capture.recheck_closed_days. window: only periods that share an instant
        with it, settled ones too.

        Raises:
            SourceError: unreachable, refused, unreadable, envelope or incomplete. Once the portal
                has refused a call, none follows in this run.
        """
        for ask in self._asks(entity, None if window else cursor, observed_at):
            if not ask.period.touches(window):
                continue
            if self._refused:
                raise SourceError(
                    self._config.id,
                    entity,
                    f"not called, because the portal refused: {self._refused}",
                    kind="refused",
                )
            try:
                yield from self._pages(entity, ask)
            except SourceError as error:
                if error.kind == "refused":
                    self._refused = error.cause
                raise

    def next_cursor(self, entity: str, *, cursor: str | None, observed_at: dt.datetime) -> str:
        """Return the run's present: the instant up to which published scores were read."""
        return observed_at.isoformat()

    def _asks(self, endpoint: str, cursor: str | None, observed_at: dt.datetime) -> Iterator[Ask]:
        found = [
            Ask(period, item.expected)
            for item in self._config.periods
            for period in item.periods(observed_at)
        ]
        found += [
            Ask(period, item.periods.expected, item.procedure_code, item.formality_id)
            for item in self._config.drill_down
            if endpoint in item.endpoints
            for period in item.periods.periods(observed_at)
        ]
        return (ask for ask in dict.fromkeys(found) if not self._has_settled(ask.period, cursor))

    def _has_settled(self, period: Period, cursor: str | None) -> bool:
        """Whether the period was read when it had been closed for longer than the portal restates."""
        days = self._config.capture.recheck_closed_days
        if days is None or cursor is None:
            return False
        settled = dt.datetime.combine(period.end + dt.timedelta(days=days + 1), dt.time(), LOCAL)
        return dt.datetime.fromisoformat(cursor) >= settled

    def _pages(self, endpoint: str, ask: Ask) -> Iterator[SourceAnswer]:
        cause = ""
        for _ in range(1 + _RESTARTS):
            try:
                # Held back until the last page came: a list that moves is read again from its start.
                yield from list(self._read_pages(endpoint, ask))
                return
            except _MovedError as moved:
                cause = str(moved)
        raise self._error(
            endpoint, self._call(endpoint, ask, 1), f"{cause}, {1 + _RESTARTS} times", "incomplete"
        )

    def _read_pages(self, endpoint: str, ask: Ask) -> Iterator[SourceAnswer]:
        shape, seen = published.ENDPOINTS[endpoint], set[str]()
        page, pages, total = 1, 1, None
        while page <= pages:
            call = self._call(endpoint, ask, page)
            answer = self._client.post(
                f"{self._config.path}/{endpoint}",
                self._payload(endpoint, ask, page),
                entity=endpoint,
                call=call,
                error_bodies=True,
            )
            data = self._data(endpoint, call, answer, ask)
            if data is None:
                self._notes.append(f"{describe(call)}: the portal holds no data")
                nothing: dict[str, list[dict[str, Any]]] = {name: [] for name in RAW_ENTITIES}
                yield self._answer(endpoint, {**call, "no_data": True}, answer, nothing)
                return
            root, units = self._units(endpoint, call, shape, data)
            pagination = data.get("pagination")
            if pagination is not None:
                pages, announced = self._pagination(endpoint, call, pagination, page)
                if total is not None and announced != total:
                    raise _MovedError(f"the announced total moved from {total} to {announced} between pages")
                total = announced
            ids = [unit["departmentId"] for unit in units]
            if seen.intersection(ids) or len(set(ids)) != len(ids):
                raise _MovedError("a unit came twice")
            seen.update(ids)
            if page < pages and not ids:
                raise _MovedError(f"page {page} of {pages} is empty")
            capture = self._capture(endpoint, call, ask, answer)
            extra = {key: data[key] for key in ("monthlyChart",) if data.get(key)}
            records = published.rows(capture, root if page == 1 else None, units, extra)
            yield self._answer(endpoint, call, answer, records)
            page += 1
        if total is not None and len(seen) != total:
            raise _MovedError(f"{len(seen)} units came of {total} announced")

    def _payload(self, endpoint: str, ask: Ask, page: int) -> dict[str, Any]:
        shape = published.ENDPOINTS[endpoint]
        named = ask.period.payload() if shape.procedure_key else ask.period.date_payload()
        payload = {
            **named,
            "rootDepartmentId": self._config.root.department_id,
            "currentPage": page,
            "pageSize": self._config.page_size,
        }
        if ask.formality_id and shape.procedure_key:
            payload[shape.procedure_key] = ask.formality_id
        return payload

    def _call(self, endpoint: str, ask: Ask, page: int) -> dict[str, Any]:
        call: dict[str, Any] = {
            "endpoint": endpoint,
            "unit": self._config.root.code,
            ask.period.grain: ask.period.label,
            "procedure": ask.procedure_code,
            "page": page,
        }
        return {key: value for key, value in call.items() if value is not None}

    def _data(
        self, endpoint: str, call: Mapping[str, Any], answer: HttpAnswer, ask: Ask
    ) -> Mapping[str, Any] | None:
        """Open the envelope; None when the portal says that it does not hold the period."""
        body = answer.data
        if not isinstance(body, dict) or "code" not in body:
            raise self._error(
                endpoint, call, f"status {answer.status}, the answer is no envelope with a code"
            )
        code, data = body["code"], body.get("data")
        no_data = code in self._config.no_data_codes or (code == "OK" and data is None)
        if no_data and not ask.expected:
            return None
        if no_data:
            raise self._error(
                endpoint, call, "the portal holds no data for this expected period", "incomplete"
            )
        if code != "OK" or answer.status not in SUCCESS:
            shown = shown_code(code) or "?"
            kind = "unreachable" if answer.status >= 500 else "envelope"
            raise self._error(endpoint, call, f"status {answer.status}, code {shown} instead of OK", kind)
        if not isinstance(data, dict):
            raise self._error(endpoint, call, "the envelope holds no data object")
        return data

    def _units(
        self, endpoint: str, call: Mapping[str, Any], shape: published.Endpoint, data: Mapping[str, Any]
    ) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
        """Root and units of an answer, after a look at who they are."""
        root, units, wanted = data.get(shape.root_key), data.get(shape.units_key), self._config.root
        if not isinstance(root, dict) or not isinstance(units, list):
            raise self._error(endpoint, call, f"the data lack {shape.root_key} or {shape.units_key}")
        if root.get("departmentId") != wanted.department_id:
            raise self._error(endpoint, call, "the answer is about another unit than rootDepartmentId")
        if root.get("departmentCode") not in (None, "", wanted.code):
            raise self._error(endpoint, call, f"the root unit does not carry the code {wanted.code}")
        for number, unit in enumerate(units, start=1):
            known = (
                isinstance(unit, dict) and isinstance(unit.get("departmentId"), str) and unit["departmentId"]
            )
            if not known or unit["departmentId"] == wanted.department_id:
                raise self._error(endpoint, call, f"unit {number} of the list has no departmentId of its own")
            code = unit.get("departmentCode")
            if code and not str(code).startswith(f"{wanted.code}."):
                raise self._error(
                    endpoint, call, f"unit {number} of the list does not belong to {wanted.code}"
                )
        for unit in (root, *units):
            metrics = unit.get("metrics", None if shape.is_tree else 0)
            if metrics is not None and not (
                isinstance(metrics, list)
                and all(isinstance(item, dict) and item.get("code") for item in metrics)
            ):
                raise self._error(endpoint, call, "a unit has no readable list of metrics")
        return root, units

    def _pagination(
        self, endpoint: str, call: Mapping[str, Any], pagination: Any, page: int
    ) -> tuple[int, int | None]:
        numbers = pagination if isinstance(pagination, dict) else {}
        pages, current, total = (numbers.get(key) for key in ("totalPages", "currentPage", "total"))
        if not isinstance(pages, int) or not isinstance(current, int):
            raise self._error(endpoint, call, "the pagination lacks currentPage or totalPages")
        if current != page:
            raise _MovedError(f"page {page} was asked for and page {current} came")
        return pages, total if isinstance(total, int) else None

    def _capture(
        self, endpoint: str, call: Mapping[str, Any], ask: Ask, answer: HttpAnswer
    ) -> published.Capture:
        identity = json.dumps([self._config.id, call], sort_keys=True).encode() + b"\0" + answer.body
        return published.Capture(
            endpoint=endpoint,
            capture_id=hashlib.sha256(identity).hexdigest()[:32],
            root_unit_id=self._config.root.department_id,
            root_unit_code=self._config.root.code,
            period_grain=ask.period.grain,
            period_start=ask.period.start.isoformat(),
            procedure_code=ask.procedure_code,
        )

    def _answer(
        self,
        endpoint: str,
        call: Mapping[str, Any],
        answer: HttpAnswer,
        records: Mapping[str, list[dict[str, Any]]],
    ) -> SourceAnswer:
        return SourceAnswer(
            entity=endpoint,
            records=records,
            body=answer.body,
            call=call,
            fetched_at=answer.fetched_at,
            verbatim=True,
            http_status=answer.status,
            attempt=answer.attempts,
        )

    def _error(
        self, endpoint: str, call: Mapping[str, Any], cause: str, kind: str = "envelope"
    ) -> SourceError:
        message = f"POST {self._config.path}/{endpoint} ({describe(call)}): {cause}"
        return SourceError(self._config.id, endpoint, message, kind=kind, call=call)


def parse_decimal(body: bytes) -> Any:
    """Parse JSON with fractions as Decimal; NaN and infinities are no JSON.

    Raises:
        ValueError: the bytes are no whole JSON in UTF-8.
    """

    def refuse(token: str) -> Any:
        raise ValueError(f"{token} is no JSON")

    return json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=refuse)
