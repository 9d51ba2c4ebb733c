"""Family `database`: records from a table or view of a read replica, through SQLAlchemy.

The session is read-only and, where the database can, one snapshot. Rows are streamed in the order of
the cursor column and handed over in parts, each of which moves the cursor. Only columns that the YAML
names are asked for: what is not needed never leaves the replica. No message carries a value or an
address.
"""

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError, SQLAlchemyError

from decision766.sources.contract import Connection, SourceAnswer, SourceError, Window
from decision766.sources.database_config import (
    DatabaseCursor,
    DatabaseEntity,
    DatabaseList,
    DatabaseSource,
)
from decision766.sources.mapping import FieldRule, Mapper
from decision766.sources.moments import read_moment
from decision766.sources.periods import LOCAL, span_to_read

# Dialect → what makes a session read-only; PostgreSQL has an option of its own.
_READ_ONLY = {
    "sqlite": "pragma query_only = on",
    "mysql": "set session transaction read only",
    "mariadb": "set session transaction read only",
    "oracle": "set transaction read only",
}
_CHILD_BATCH = 500  # keys of one question for nested lists; SQLite allows 999 variables
Row = dict[str, Any]


class DatabaseAdapter:
    """Reads the records of one database; see `decision766.sources.contract.Adapter`."""

    def __init__(self, config: DatabaseSource, connection: Connection):
        self._config, self._connection = config, connection
        self._entities: dict[str, DatabaseEntity] = {item.entity: item for item in config.entities}
        self._mappers = {item.entity: _mapper(item, config) for item in config.entities}
        self._engine: sa.Engine | None = None
        self._notes: list[str] = []

    def entities(self) -> list[str]:
        """Entities in the order of the YAML, catalogues first."""
        return list(self._entities)

    def raw_entities(self, entity: str) -> list[str]:
        """Raw tables that the rows of `entity` fill: its own."""
        return [entity]

    def notes(self) -> list[str]:
        """Whether the session could not be made read-only."""
        return list(self._notes)

    def has_windows(self, entity: str) -> bool:
        """Tables with a cursor column have windows."""
        return self._entities[entity].cursor is not None

    def fetch(
        self, entity: str, *, cursor: str | None, observed_at: dt.datetime, window: Window | None = None
    ) -> Iterator[SourceAnswer]:
        """Yield the rows changed in [cursor − overlap, observed_at) in parts, the oldest change first.

        Rows without a time of change come first, at every run but that of a `window`, which is read by
        itself. A table without a cursor is read whole.

        Raises:
            SourceError: unreachable, or the database refuses a query.
        """
        wanted = self._entities[entity]
        is_asked = window is not None
        window = self._window(wanted.cursor, cursor, observed_at, window)
        if window is not None and window.start >= window.end:
            return
        try:
            with self._reading(entity) as main, self._reading(entity) as side:
                if wanted.cursor is None or window is None:
                    yield from self._stream(wanted, main, side, None, None)
                    return
                changed: sa.ColumnClause[Any] = sa.column(wanted.cursor.column)
                if not is_asked:
                    yield from self._stream(wanted, main, side, changed.is_(None), None)
                start, end = (_bound(wanted.cursor, at) for at in (window.start, window.end))
                yield from self._stream(wanted, main, side, (changed >= start) & (changed < end), window)
        except SQLAlchemyError as error:
            kind = "unreachable" if isinstance(error, OperationalError) else "envelope"
            cause = f"table {wanted.table}: {_cause(error)}"
            raise SourceError(
                self._config.id, entity, cause, kind=kind, call={"table": wanted.table}
            ) from None

    def next_cursor(self, entity: str, *, cursor: str | None, observed_at: dt.datetime) -> str:
        """Return the upper bound of what was read; it never moves back."""
        reached = observed_at if cursor is None else max(observed_at, dt.datetime.fromisoformat(cursor))
        return reached.astimezone(LOCAL).isoformat()

    def close(self) -> None:
        """Close the connections."""
        if self._engine is not None:
            self._engine.dispose()

    # --- queries ---------------------------------------------------------------------------------------

    def _window(
        self,
        cursor: DatabaseCursor | None,
        reached: str | None,
        observed_at: dt.datetime,
        asked: Window | None,
    ) -> Window | None:
        if cursor is None:
            return None
        first = dt.datetime.combine(self._config.first_window_start, dt.time(), LOCAL)
        return span_to_read(first, reached, dt.timedelta(hours=cursor.overlap_hours), observed_at, asked)

    def _stream(
        self,
        wanted: DatabaseEntity,
        main: sa.Connection,
        side: sa.Connection,
        condition: sa.ColumnElement[bool] | None,
        window: Window | None,
    ) -> Iterator[SourceAnswer]:
        """Yield the rows of one query in parts; of no rows one empty part, unless the cursor is absent."""
        query = _select(wanted.table, _columns(wanted))
        order = [*([wanted.cursor.column] if window and wanted.cursor else []), *wanted.order]
        query = query.order_by(*map(sa.column, order))
        if condition is not None:
            query = query.where(condition)
        streamed = main.execution_options(yield_per=self._config.part_rows).execute(query)
        reached, number, part = (window.start if window else None), 0, None
        for rows in streamed.mappings().partitions():
            if part is not None:
                yield self._part(wanted, side, part, covered=_until(window, reached), number=number)
                number += 1
            part = [dict(row) for row in rows]
            reached = self._reached(wanted, part, window, reached)
        if part is not None or window is not None or condition is None:
            yield self._part(wanted, side, part or [], covered=window, number=number)

    def _reached(
        self, wanted: DatabaseEntity, part: list[Row], window: Window | None, before: dt.datetime | None
    ) -> dt.datetime | None:
        """Time of change of the part's last row, up to which everything then is handed over."""
        if window is None or wanted.cursor is None:
            return None
        moment = read_moment(part[-1][wanted.cursor.column], "utc")
        return before if moment is None else min(moment, window.end)

    def _part(
        self,
        wanted: DatabaseEntity,
        side: sa.Connection,
        rows: list[Row],
        *,
        covered: Window | None,
        number: int,
    ) -> SourceAnswer:
        for name, nested in wanted.lists.items():
            self._join(side, name, nested, rows)
        mapper = self._mappers[wanted.entity]
        return SourceAnswer(
            entity=wanted.entity,
            records={wanted.entity: [mapper.record(row) for row in rows]},
            body=orjson.dumps(rows, default=str),
            call={"table": wanted.table, "part": number},
            fetched_at=dt.datetime.now(dt.UTC),
            window=covered,
        )

    @staticmethod
    def _join(side: sa.Connection, name: str, nested: DatabaseList, rows: list[Row]) -> None:
        """Put the rows of a nested table into their main rows, under `name`."""
        found: dict[Any, list[Row]] = defaultdict(list)
        keys = list({row[nested.parent] for row in rows if row[nested.parent] is not None})
        names = dict.fromkeys([nested.key, *_roots(nested.fields)])
        for start in range(0, len(keys), _CHILD_BATCH):
            query = (
                _select(nested.table, names)
                .where(sa.column(nested.key).in_(keys[start : start + _CHILD_BATCH]))
                .order_by(sa.column(nested.key), *map(sa.column, nested.order))
            )
            for item in side.execute(query).mappings():
                found[item[nested.key]].append(dict(item))
        for row in rows:
            row[_list_name(name)] = found.get(row[nested.parent], [])

    # --- sessions --------------------------------------------------------------------------------------

    @contextmanager
    def _reading(self, entity: str) -> Iterator[sa.Connection]:
        """A read-only session, rolled back at its end; connecting is tried as often as the YAML says."""
        connection = self._connect(entity)
        try:
            yield connection
        finally:
            connection.rollback()
            connection.close()

    def _connect(self, entity: str) -> sa.Connection:
        retries = self._config.retries
        for attempt in range(1, retries.attempts + 1):
            try:
                return self._open(entity)
            except OperationalError:
                if attempt == retries.attempts:
                    raise
                time.sleep(min(retries.backoff_seconds * 2 ** (attempt - 1), retries.max_wait_seconds))
        raise AssertionError("unreachable")

    def _open(self, entity: str) -> sa.Connection:
        if self._engine is None:
            self._engine = self._create(entity)
        dialect, seconds = self._engine.dialect.name, self._config.statement_seconds
        connection = self._engine.connect()
        if dialect == "postgresql":
            connection = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            connection.execute(sa.text(f"set local statement_timeout = {seconds * 1000}"))
        elif dialect in _READ_ONLY:
            connection.execute(sa.text(_READ_ONLY[dialect]))
        else:
            note = f"no read-only session is known for {dialect}: use an account without the right to write"
            if note not in self._notes:
                self._notes.append(note)
        return connection

    def _create(self, entity: str) -> sa.Engine:
        try:
            url = sa.make_url(self._connection.base_url)
            url = url.set(username=self._connection.login, password=self._connection.password)
            return sa.create_engine(url, poolclass=sa.NullPool, hide_parameters=True)
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
            cause = (
                f"connection {self._config.connection} names no database that can be read here "
                f"({type(error).__name__}); install its driver or mend the connection"
            )
            raise SourceError(self._config.id, entity, cause, kind="unreachable") from None


def _mapper(wanted: DatabaseEntity, config: DatabaseSource) -> Mapper:
    lists: dict[str, FieldRule] = {
        name: FieldRule.model_validate({"from": _list_name(name), "each": dict(nested.fields)})
        for name, nested in wanted.lists.items()
    }
    # Helper columns (cursor, order, keys) serve the reading and are no content of the record.
    return Mapper({**wanted.fields, **lists}, z_means=config.z_means, personal=tuple(_columns(wanted)))


def _list_name(name: str) -> str:
    """Name of a joined list within a row; no column can be called so."""
    return f"[{name}]"


def _columns(wanted: DatabaseEntity) -> list[str]:
    """The columns to ask for, each once."""
    helpers = [*wanted.order, *(nested.parent for nested in wanted.lists.values())]
    if wanted.cursor is not None:
        helpers.append(wanted.cursor.column)
    return list(dict.fromkeys([*_roots(wanted.fields), *helpers]))


def _roots(fields: Mapping[str, str | FieldRule]) -> list[str]:
    """Columns that rules read: the first step of each path."""
    paths = [path for rule in fields.values() for path in ((rule,) if isinstance(rule, str) else rule.paths)]
    return list(dict.fromkeys(path.partition(".")[0] for path in paths))


def _select(name: str, columns: Iterable[str]) -> sa.Select[*tuple[Any, ...]]:
    schema, _, table = name.rpartition(".")
    wanted: list[sa.ColumnElement[Any]] = [sa.column(item) for item in columns]
    return sa.select(*wanted).select_from(sa.table(table, schema=schema or None))


def _bound(cursor: DatabaseCursor, at: dt.datetime) -> Any:
    """A bound of the window as the cursor column writes it."""
    local = at.astimezone(LOCAL)
    if cursor.kind == "stamp":
        return f"{local:%Y%m%d%H%M%S}"
    return local if cursor.kind == "aware" else local.replace(tzinfo=None)


def _until(window: Window | None, reached: dt.datetime | None) -> Window | None:
    """The part of the window that is read."""
    return Window(window.start, reached) if window and reached else None


def _cause(error: SQLAlchemyError) -> str:
    """Kind of error and the database's own code; its text could quote an address or a value."""
    original = error.orig if isinstance(error, DBAPIError) else None
    code = getattr(original, "sqlstate", None) or getattr(original, "sqlite_errorname", None)
    name = type(original or error).__name__
    return f"{name}, code {code}" if code else name
