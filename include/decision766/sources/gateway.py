"""Family `dvcqg_gateway`: published group scores and the catalogue from the old public gateway.

One form field, `params`, holds the call as JSON; the answer is a bare array whose every value is a
string. `ROW_STT` numbers the rows, `TOTAL`, where it is given, counts them. A list ends with an empty
page, at ROW_STT = TOTAL, or where ROW_STT no longer advances, which is what a service does that
ignores paging. Answers are public and kept byte for byte; a list is handed over whole or not at all.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Generator, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from decision766.records.codes import parse_unit_code, province_of
from decision766.sources.contract import Connection, SourceAnswer, SourceError, Window
from decision766.sources.gateway_config import GatewayList, GatewayReport, GatewaySource
from decision766.sources.http import HttpAnswer, HttpClient, describe
from decision766.sources.mapping import Mapper
from decision766.sources.periods import Period

RAW_REPORT = "published_group"
TOTAL_GROUP = "TOTAL"  # what the gateway calls TONG_SCORE: the unit's sum of all groups as published
GROUPS = {
    "CKMB": Decimal(18),
    "TDGQ": Decimal(20),
    "CLGQ": Decimal(12),
    "TTTT": Decimal(10),
    "MDSH": Decimal(22),
    "MDHL": Decimal(18),
}
_COLUMNS = {**{name: name for name in GROUPS}, TOTAL_GROUP: "TONG_SCORE"}
_RESTARTS = 2


class _MovedError(Exception):
    """The list changed while its pages were read."""


class GatewayAdapter:
    """Reads the old public gateway; see `decision766.sources.contract.Adapter`."""

    def __init__(self, config: GatewaySource, connection: Connection, client: HttpClient | None = None):
        self._config = config
        self._client = client or HttpClient(
            config, connection.base_url, parse=orjson.loads, ca_bundle=connection.extra.get("ca_bundle")
        )
        self._lists: dict[str, GatewayList] = {item.entity: item for item in config.lists}
        self._reports: dict[str, GatewayReport] = {item.service: item for item in config.reports}
        self._notes: list[str] = []

    def entities(self) -> list[str]:
        """Catalogues, then the reports by the names of their services."""
        return [*self._lists, *self._reports]

    def raw_entities(self, entity: str) -> list[str]:
        """Raw tables: the catalogue's own, or published_group."""
        return [entity] if entity in self._lists else [RAW_REPORT]

    def notes(self) -> list[str]:
        """Periods that the gateway does not hold and that the YAML does not expect."""
        return list(self._notes)

    def has_windows(self, entity: str) -> bool:
        """Reports are asked for by period, the catalogue is not."""
        return entity in self._reports

    def fetch(
        self, entity: str, *, cursor: str | None, observed_at: dt.datetime, window: Window | None = None
    ) -> Iterator[SourceAnswer]:
        """Yield one answer per page of the catalogue, or per page and period of the report.

        window: only periods that share an instant with it.

        Raises:
            SourceError: unreachable, refused, unreadable, envelope or incomplete.
        """
        if entity in self._lists:
            wanted = self._lists[entity]
            mapper = Mapper(wanted.fields, z_means=self._config.z_means)
            for call, answer, rows in self._whole(entity, wanted.service, wanted.parameters, {}):
                records = [mapper.record(row) for row in rows]
                yield self._answer(entity, {entity: records}, call, answer, _announced(rows, len(rows)))
            return
        report = self._reports[entity]
        asked = {
            period: item.expected
            for item in report.periods
            for period in item.periods(observed_at)
            if period.touches(window)
        }
        lacking = {}
        for period, expected in asked.items():
            missing = yield from self._report(report, period, expected)
            if missing:
                lacking[period.label] = missing
        if lacking:
            told = "; ".join(f"{label} lacks {', '.join(missing)}" for label, missing in lacking.items())
            raise self._error(
                entity,
                {"service": entity},
                f"not every unit that the source covers came: {told}",
                "incomplete",
            )

    def next_cursor(self, entity: str, *, cursor: str | None, observed_at: dt.datetime) -> str:
        """Return the run's present: published figures are restated, so every run reads them again."""
        return observed_at.isoformat()

    def _report(
        self, report: GatewayReport, period: Period, expected: bool
    ) -> Generator[SourceAnswer, None, list[str]]:
        """Read one period; returns which of the units that the YAML covers have no row."""
        parameters = {
            **report.parameters,
            report.year: str(period.start.year),
            report.quarter: period.quarter if period.grain == "quarter" else 0,
            report.month: period.start.month if period.grain == "month" else 0,
        }
        named: dict[str, Any] = {period.grain: period.label}
        pages = self._whole(report.service, report.service, parameters, named)
        if not any(rows for _, _, rows in pages):
            if expected:
                raise self._error(
                    report.service, named, "the gateway holds no rows for this expected period", "incomplete"
                )
            self._notes.append(f"{report.service}, {describe(named)}: the gateway holds no rows")
        came: set[str] = set()
        for call, answer, rows in pages:
            records = [record for row in rows for record in self._scores(report, period, call, answer, row)]
            came.update(province_of(record["unit_code"]) for record in records)
            announced = _announced(rows, len(records))
            yield self._answer(report.service, {RAW_REPORT: records}, call, answer, announced)
        return [code for code in self._config.covers if code not in came] if came else []

    def _whole(
        self, entity: str, service: str, parameters: Mapping[str, Any], named: Mapping[str, Any]
    ) -> list[tuple[dict[str, Any], HttpAnswer, list[dict[str, Any]]]]:
        """All pages of a list; read again from its start if it moves."""
        cause = ""
        for _ in range(1 + _RESTARTS):
            try:
                return list(self._pages(entity, service, parameters, named))
            except _MovedError as moved:
                cause = str(moved)
        raise self._error(
            entity, {"service": service, **named}, f"{cause}, {1 + _RESTARTS} times", "incomplete"
        )

    def _pages(
        self, entity: str, service: str, parameters: Mapping[str, Any], named: Mapping[str, Any]
    ) -> Iterator[tuple[dict[str, Any], HttpAnswer, list[dict[str, Any]]]]:
        page, reached, total = 1, 0, None
        before: list[dict[str, Any]] = []
        while True:
            call = {"service": service, **named, "page": page}
            answer = self._ask(entity, service, parameters, page, call)
            rows = self._rows(entity, call, answer)
            if not rows and reached and reached % self._config.page_size == 0 and total is None:
                # No total is announced: that nothing follows full pages is believed when it is said twice.
                answer = self._ask(entity, service, parameters, page, call)
                rows = self._rows(entity, call, answer)
            numbers = [self._number(entity, call, row, "ROW_STT") for row in rows]
            if rows and page > 1 and numbers[-1] <= reached:
                if rows != before:
                    raise _MovedError(f"ROW_STT does not advance on page {page}, but the rows are others")
                if total is None and len(rows) == self._config.page_size:
                    raise _MovedError(
                        f"page {page} repeats a full page: whether the list ends there or stands still "
                        "cannot be told (another page_size may show it)"
                    )
                rows, numbers = [], []  # the service ignores paging: the list came whole
            for row in rows:
                stated = self._number(entity, call, row, "TOTAL") if row.get("TOTAL") else total
                if total is not None and stated != total:
                    raise _MovedError("TOTAL moved between two rows")
                total = stated
            if numbers and numbers != list(range(reached + 1, reached + 1 + len(rows))):
                raise _MovedError(f"ROW_STT of page {page} does not go on from {reached} without a gap")
            if rows or page == 1:
                yield call, answer, rows
            reached, before = reached + len(rows), rows
            if not rows or (total is not None and reached >= total):
                break
            page += 1
        if total is not None and reached != total:
            raise _MovedError(f"{reached} rows came of {total} announced")

    def _ask(
        self, entity: str, service: str, parameters: Mapping[str, Any], page: int, call: Mapping[str, Any]
    ) -> HttpAnswer:
        params = {
            "type": self._config.type,
            "service": service,
            "provider": self._config.provider,
            **parameters,
            self._config.page_key: page,
            self._config.size_key: self._config.page_size,
        }
        form = {"params": json.dumps(params, ensure_ascii=False)}
        return self._client.request(
            "POST", self._config.path, entity=entity, call=call, content={"data": form}
        )

    def _rows(self, entity: str, call: Mapping[str, Any], answer: HttpAnswer) -> list[dict[str, Any]]:
        rows = answer.data
        if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
            return rows
        raise self._error(entity, call, f"status {answer.status}, the answer is no list of rows", "envelope")

    def _number(self, entity: str, call: Mapping[str, Any], row: Mapping[str, Any], name: str) -> int:
        text = str(row.get(name, "")).strip()
        if not (text.isascii() and text.isdigit()):
            raise self._error(entity, call, f"a row has no readable {name}", "envelope")
        return int(text)

    def _scores(
        self,
        report: GatewayReport,
        period: Period,
        call: Mapping[str, Any],
        answer: HttpAnswer,
        row: dict[str, Any],
    ) -> Iterator[dict[str, Any]]:
        """One record per display group, and one for the total, of a unit's row."""
        sent = str(row.get("MA_COQUAN") or "")
        code = parse_unit_code(sent)
        if code is None:
            raise self._error(report.service, call, "a row's MA_COQUAN is no unit code", "envelope")
        unit_id = code  # the row's ID is another one in each answer: it names the row, not the unit
        asked = [self._config.id, call.get(period.grain), period.grain, report.service]
        for group, column in _COLUMNS.items():
            digest = hashlib.sha256(json.dumps([*asked, group]).encode() + b"\0" + answer.body).hexdigest()
            yield {
                "capture_id": digest[:32],
                "endpoint": report.service,
                "portal_unit_id": unit_id,
                "unit_code": code,
                "unit_name": row.get("TEN"),
                "unit_type": "MINISTRY" if code.startswith("G") else "PROVINCE",
                "root_unit_id": unit_id,  # a national list has no root: each province stands for itself
                "period_grain": period.grain,
                "period_start": period.start.isoformat(),
                "procedure_code": None,
                "display_group": group,
                "score": self._score(report.service, call, row, column),
                "max_score": GROUPS.get(group, Decimal(100)),
                "parameters": {"MA_COQUAN": sent, "ROW_STT": row.get("ROW_STT")},
            }

    def _score(
        self, entity: str, call: Mapping[str, Any], row: Mapping[str, Any], column: str
    ) -> Decimal | None:
        if column not in row:
            raise self._error(entity, call, f"a row lacks {column}", "envelope")
        text = str(row[column] if row[column] is not None else "").strip().replace(",", ".")
        if not text:
            return None
        try:
            score = Decimal(text)
        except InvalidOperation:
            raise self._error(entity, call, f"{column} of a row is no number", "envelope") from None
        if not score.is_finite():
            raise self._error(entity, call, f"{column} of a row is no number", "envelope")
        return score

    def _answer(
        self,
        entity: str,
        records: Mapping[str, list[dict[str, Any]]],
        call: Mapping[str, Any],
        answer: HttpAnswer,
        announced: int | None,
    ) -> SourceAnswer:
        return SourceAnswer(
            entity=entity,
            records=records,
            body=answer.body,
            call=call,
            fetched_at=answer.fetched_at,
            verbatim=True,
            http_status=answer.status,
            attempt=answer.attempts,
            announced=announced,
        )

    def _error(self, entity: str, call: Mapping[str, Any], cause: str, kind: str) -> SourceError:
        message = f"POST {self._config.path} ({describe(call)}): {cause}"
        return SourceError(self._config.id, entity, message, kind=kind, call=call)


def _announced(rows: list[dict[str, Any]], records: int) -> int | None:
    """A page's share of the list's TOTAL, which `_whole` has proved; None where no TOTAL is stated."""
    return records if rows and all(row.get("TOTAL") for row in rows) else None
