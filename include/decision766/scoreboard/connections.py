"""Connections: the pages' own only read; verdicts write the ledger."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, event

from decision766.scoreboard.identity import ENGINEER, acting_as, present
from decision766.warehouse.connect import warehouse_engine, web_engine

LONGEST = "15s"  # a page that takes longer is given up: the database has other work
# A page reads little of much: to compile or to start workers costs more than it gains; what a question rules
# out of a view (mart_indicator_case) need not be planned; and what is asked over and over is planned once.
SMALL = (
    "set jit = off; set max_parallel_workers_per_gather = 0; set constraint_exclusion = on; "
    "set plan_cache_mode = force_generic_plan"
)
READ_ONLY = f"set statement_timeout = '{LONGEST}'; {SMALL}; set default_transaction_read_only = on"
BECOME = "select set_config('role', %s, true), set_config('decision766.unit', %s, true)"  # until it ends


class Connections:
    """Two pools on one database. They are made when the first page is asked for.

    In each transaction of the first the database sees whose request it is: a role and a unit, and shows no
    more than those may see. make: a new engine, as the pipeline; read: as the web tier, by default the same.
    """

    def __init__(
        self, make: Callable[[], Engine] = warehouse_engine, read: Callable[[], Engine] | None = None
    ):
        self._make = make
        self._read = read or (web_engine if make is warehouse_engine else make)
        self._reading: Engine | None = None
        self._signing: Engine | None = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection in whose transactions nothing can be written."""
        if self._reading is None:
            self._reading = self._pool()
        with self._reading.connect() as connection:
            yield connection
            connection.commit()  # nothing was written; a rollback would discard the prepared statements

    @contextmanager
    def watching(self) -> Iterator[Connection]:
        """A connection that sees every row, to ask whether what was kept is still so; it shows nobody any."""
        with acting_as(ENGINEER), self.reading() as connection:
            yield connection

    @property
    def signing(self) -> Engine:
        """The pool of verdicts: the only one that may write, and only the ledger's own code uses it."""
        if self._signing is None:
            self._signing = self._make()
        return self._signing

    def dispose(self) -> None:
        """Close every connection."""
        for pool in (self._reading, self._signing):
            if pool is not None:
                pool.dispose()

    def _pool(self) -> Engine:
        engine = self._read()

        @event.listens_for(engine, "connect")
        def _set(connection: object, _: object) -> None:
            with connection.cursor() as cursor:  # type: ignore[attr-defined]
                cursor.execute(READ_ONLY)
            connection.commit()  # type: ignore[attr-defined]
            # Few questions, asked over and over: planned a few times, then no more.
            connection.prepare_threshold = 0  # type: ignore[attr-defined]

        cut = engine.execution_options()  # the same connections; who else uses the engine is not cut

        @event.listens_for(cut, "begin")
        def _become(connection: Connection) -> None:
            who = present()
            role = "web" if who.role == "official" else who.role
            connection.exec_driver_sql(BECOME, (f"decision766_{role}", who.unit))

        return cut
