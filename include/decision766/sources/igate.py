"""Family `igate`: provincial one-stop systems (Spring-style paging, Keycloak tokens).

A password grant gives a bearer token; 401 says that it has expired, and it is renewed once per call.
Lists are read page by page (`slice_pages`), windows in slices of local time, oldest first: a page
moves the cursor up to its last record's time, so that an interrupted crawl goes on from there.
Records come out under the names of docs/records.md (`mapping`); nothing of them is kept verbatim.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson

from decision766.sources.contract import Connection, SourceAnswer, SourceError, Window
from decision766.sources.http import SUCCESS, HttpAnswer, HttpClient, describe
from decision766.sources.igate_config import IgateDetail, IgateEntity, IgateSource, IgateTotals
from decision766.sources.mapping import Mapper, follow
from decision766.sources.moments import read_moment, write_moment
from decision766.sources.periods import LOCAL, slices, span_to_read
from decision766.sources.slice_pages import MovedError, Page, read_pages

_RESTARTS = 2
_EXPIRED = 401


class IgateAdapter:
    """Reads the records of one provincial system; see `decision766.sources.contract.Adapter`."""

    def __init__(self, config: IgateSource, connection: Connection, client: HttpClient | None = None):
        self._config, self._connection = config, connection
        ca_bundle = connection.extra.get("ca_bundle")
        self._client = client or HttpClient(
            config, connection.base_url, parse=orjson.loads, ca_bundle=ca_bundle
        )
        token_url = connection.extra.get("token_url")
        self._token_client = (
            HttpClient(config, str(token_url), parse=orjson.loads, ca_bundle=ca_bundle)
            if token_url
            else self._client
        )
        self._entities: dict[str, IgateEntity] = {item.entity: item for item in config.entities}
        self._mappers = {
            item.entity: Mapper(item.fields, z_means=config.z_means, personal=item.personal)
            for item in config.entities
        }
        self._token: str | None = None

    def entities(self) -> list[str]:
        """Entities in the order of the YAML, catalogues first."""
        return list(self._entities)

    def raw_entities(self, entity: str) -> list[str]:
        """Raw tables that the answers of `entity` fill: its own."""
        return [entity]

    def notes(self) -> list[str]:
        """Nothing: every answer of this family is a success or a failure."""
        return []

    def has_windows(self, entity: str) -> bool:
        """Searches by date have windows, plain lists do not."""
        return self._entities[entity].window is not None

    def fetch(
        self, entity: str, *, cursor: str | None, observed_at: dt.datetime, window: Window | None = None
    ) -> Iterator[SourceAnswer]:
        """Yield one answer per page.

        A run reads [cursor − overlap, observed_at), the first one from first_window_start, or `window`
        alone; an entity without a window is read whole. A list that moves while it is read is read again
        from its start; what then comes twice is stored once. A window that holds another number of records
        than the system's statistics state is handed over all the same, and the difference ends the
        fetch as a failure once all windows are through.

        Raises:
            SourceError: unreachable, refused, unreadable, envelope, session or incomplete.
        """
        wanted = self._entities[entity]
        if wanted.window is None:
            yield from self._list(wanted, None)
            return
        first = dt.datetime.combine(self._config.first_window_start, dt.time(), LOCAL)
        overlap = dt.timedelta(days=wanted.window.overlap_days)
        span = span_to_read(first, cursor, overlap, observed_at, window)
        differences: dict[dt.datetime, str] = {}
        for begin, end in slices(span.start, span.end, self._config.slice):
            difference = yield from self._held_at(min(differences, default=None), wanted, Window(begin, end))
            if difference:
                differences[begin] = f"from {begin:%Y-%m-%d} {difference}"
        if differences:
            failure = self._error(entity, wanted.path, {}, "; ".join(differences.values()), kind="incomplete")
            failure.complete_until = min(differences)  # the next run comes back to the first of them
            raise failure

    def next_cursor(self, entity: str, *, cursor: str | None, observed_at: dt.datetime) -> str:
        """Return the upper bound of what was read; it never moves back."""
        reached = observed_at if cursor is None else max(observed_at, dt.datetime.fromisoformat(cursor))
        return reached.astimezone(LOCAL).isoformat()

    # --- lists ---------------------------------------------------------------------------------------

    def _held_at(
        self, at: dt.datetime | None, wanted: IgateEntity, window: Window
    ) -> Generator[SourceAnswer, None, str]:
        """Read a list as `_list` does; behind a window that was not complete, no answer moves the cursor."""
        listing = self._list(wanted, window)
        while True:
            try:
                answer = next(listing)
            except StopIteration as end:
                return str(end.value)
            yield answer if at is None else replace(answer, window=Window(at, at))

    def _list(self, wanted: IgateEntity, window: Window | None) -> Generator[SourceAnswer, None, str]:
        """Read a list, again from its start if it moves; returns how it differs from the statistics."""
        span = {}
        if window is not None and wanted.window is not None:
            span = self._span(window, wanted.window.from_parameter, wanted.window.to_parameter)
        cause, difference = "", ""
        for attempt in range(1 + _RESTARTS):
            try:
                count, last = yield from self._read(wanted, window, span)
            except MovedError as moved:
                cause, difference = str(moved), ""
                continue
            if wanted.totals is None or window is None:
                yield last
                return ""
            try:
                stated = self._stated(wanted, wanted.totals, window)
            except SourceError:
                yield last
                raise
            if stated == count:
                # What came twice, because the list was read again, is not held against the total.
                yield last if attempt else replace(last, announced=len(last.records[wanted.entity]))
                return ""
            yield last
            difference = f"{count} records came, the statistics state {stated}"
            if attempt:
                break
        if difference:
            return difference
        cause = f"{cause}, {1 + _RESTARTS} times"
        raise self._error(wanted.entity, wanted.path, span, cause, kind="incomplete")

    def _read(
        self, wanted: IgateEntity, window: Window | None, span: Mapping[str, str]
    ) -> Generator[SourceAnswer, None, tuple[int, SourceAnswer]]:
        """Read a list once; returns how many records it held, and its last answer, which was held back."""

        def fetch(page: int, size: int) -> tuple[list[dict[str, Any]], HttpAnswer]:
            query = {**wanted.parameters, **span, "page": page, "size": size, "sort": list(wanted.sort)}
            call = {**span, "page": page, "size": size}
            answer = self._get(wanted.entity, wanted.path, query, call)
            return self._content(wanted, call, answer), answer

        count, reached = 0, window.start if window else None
        pages = read_pages(
            fetch,
            self._config.page_size,
            lambda record: follow(record, wanted.id),
            check_boundaries=self._config.check_boundaries,
        )
        last: SourceAnswer | None = None
        try:
            for page in pages:
                if last is not None:
                    # Each page announces its own records, the last one what the total leaves for it: a
                    # long window is committed in parts, and each part is held against its share.
                    held = len(last.records[wanted.entity])
                    yield replace(last, announced=held) if wanted.totals and window else last
                    last = None
                count += len(page.records)
                if window is not None and wanted.window is not None:
                    reached = self._reached(wanted, wanted.window.field, window, reached, page)
                last = self._answer(wanted, window, reached, span, page)
        except (MovedError, SourceError):
            if last is not None:
                yield last  # what came before the trouble is kept
            raise
        if last is None:
            raise AssertionError("a list has at least one page, be it empty")
        return count, last

    def _answer(
        self,
        wanted: IgateEntity,
        window: Window | None,
        reached: dt.datetime | None,
        span: Mapping[str, str],
        page: Page,
    ) -> SourceAnswer:
        records = [dict(record) for record in page.records]
        if wanted.detail is not None and records:
            self._join(wanted, wanted.detail, records)
        mapper, answer = self._mappers[wanted.entity], page.answer
        covered = None
        if window is not None and reached is not None:
            covered = Window(window.start, window.end if page.is_last else reached)
        return SourceAnswer(
            entity=wanted.entity,
            records={wanted.entity: [mapper.record(record) for record in records]},
            body=answer.body,
            call={"path": wanted.path, **span, "page": page.number},
            fetched_at=answer.fetched_at,
            window=covered,
            http_status=answer.status,
            attempt=answer.attempts,
        )

    def _reached(
        self, wanted: IgateEntity, field: str, window: Window, before: dt.datetime | None, page: Page
    ) -> dt.datetime:
        """How far a page reaches: the latest time on it, since the list is sorted by it.

        Raises:
            MovedError: the list is not sorted as it was asked for; its pages cannot be trusted.
        """
        reached = before or window.start
        for record in page.records:
            moment = read_moment(follow(record, field), self._config.z_means)
            if moment is None:
                continue
            if moment < reached - dt.timedelta(seconds=1) and reached > window.start:
                raise MovedError(f"page {page.number} is not sorted by {field}, oldest first")
            reached = max(reached, moment)
        return min(reached, window.end)

    def _stated(self, wanted: IgateEntity, totals: IgateTotals, window: Window) -> int:
        """How many records the system's own statistics state for a window, all agencies together."""
        span = self._span(window, totals.from_parameter, totals.to_parameter)
        answer = self._get(wanted.entity, totals.path, span, span)
        rows = _rows(answer.data)
        if rows is None:
            raise self._error(wanted.entity, totals.path, span, "the answer holds no list of agencies")
        stated = [row.get(totals.total) for row in rows]
        if not all(isinstance(number, int) for number in stated):
            raise self._error(wanted.entity, totals.path, span, f"an agency states no {totals.total}")
        return sum(number for number in stated if isinstance(number, int))

    def _content(
        self, wanted: IgateEntity, call: Mapping[str, Any], answer: HttpAnswer
    ) -> list[dict[str, Any]]:
        rows = _rows(answer.data)
        if rows is None:
            raise self._error(wanted.entity, wanted.path, call, "the answer is no page with content")
        return rows

    def _join(self, wanted: IgateEntity, detail: IgateDetail, records: list[dict[str, Any]]) -> None:
        """Ask the detail service about the records of a page and put its rows into them."""
        ids = [str(follow(record, wanted.id)) for record in records]
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for start in range(0, len(ids), detail.batch):
            asked = ids[start : start + detail.batch]
            call = {"records": len(asked)}
            answer = self._get(wanted.entity, detail.path, {detail.parameter: ",".join(asked)}, call)
            rows = _rows(answer.data)
            if rows is None:
                raise self._error(wanted.entity, detail.path, call, "the answer is no list")
            for row in rows:
                found[str(follow(row, detail.key))].append(row)
            if found.keys() - set(ids):
                raise self._error(
                    wanted.entity, detail.path, call, f"a row belongs to no record asked for ({detail.key})"
                )
        for key, record in zip(ids, records, strict=True):
            record[detail.into] = found.get(key, [])

    # --- calls ---------------------------------------------------------------------------------------

    def _get(self, entity: str, path: str, query: Mapping[str, Any], call: Mapping[str, Any]) -> HttpAnswer:
        """GET with a token; a token that has expired is renewed once."""
        for _ in range(2):
            if self._token is None:
                self._token = self._login(entity)
            answer = self._client.request(
                "GET",
                path,
                entity=entity,
                call=call,
                headers={"Authorization": f"Bearer {self._token}"},
                bare_statuses=(_EXPIRED,),
                content={"params": dict(query)},
            )
            if answer.status != _EXPIRED:
                return answer
            self._token = None
        raise self._error(entity, path, call, "status 401 again with a new token", kind="session")

    def _login(self, entity: str) -> str:
        path, extra = self._config.token_path, self._connection.extra
        call = {"grant": "password"}
        if not self._connection.login or not self._connection.password or not extra.get("client_id"):
            cause = f"connection {self._config.connection} lacks login, password or the extra client_id"
            raise self._error(entity, path, {}, cause, kind="session", method="POST")
        form = {
            "grant_type": "password",
            "client_id": str(extra["client_id"]),
            "username": self._connection.login,
            "password": self._connection.password,
        }
        if extra.get("client_secret"):
            form["client_secret"] = str(extra["client_secret"])
        answer = self._token_client.request(
            "POST",
            path,
            entity=entity,
            call=call,
            error_bodies=True,
            bare_statuses=(_EXPIRED,),
            content={"data": form},
        )
        token = answer.data.get("access_token") if isinstance(answer.data, dict) else None
        if answer.status not in SUCCESS or not isinstance(token, str) or not token:
            raise self._error(
                entity, path, call, f"login refused, status {answer.status}", kind="session", method="POST"
            )
        return token

    def _span(self, window: Window, from_parameter: str, to_parameter: str) -> dict[str, str]:
        z_means = self._config.z_means
        return {
            from_parameter: write_moment(window.start, z_means),
            to_parameter: write_moment(window.end, z_means),
        }

    def _error(
        self,
        entity: str,
        path: str,
        call: Mapping[str, Any],
        cause: str,
        *,
        kind: str = "envelope",
        method: str = "GET",
    ) -> SourceError:
        asked = f" ({describe(call)})" if call else ""
        return SourceError(self._config.id, entity, f"{method} {path}{asked}: {cause}", kind=kind, call=call)


def _rows(data: Any) -> list[dict[str, Any]] | None:
    """The records of an answer: `content` of a page, or a bare list; None if it is neither."""
    rows = data.get("content") if isinstance(data, dict) else data
    if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
        return rows
    return None
