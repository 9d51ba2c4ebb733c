"""The world of the benchmark of the marts: raw rows made in PostgreSQL by set-based SQL, read from nowhere.

What a dossier is follows from its number, so that worlds of one size are the same everywhere. The first
`rows` dossiers are history; a day's change is made behind them (`marts_change.sql`).
"""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from decision766.warehouse.calendar import fill_calendar

HERE = Path(__file__).parent
_AT_A_TIME = 250_000
_SESSIONS = 2
_FILLED = ("dossier", "dossier_event", "sync_receipt", "rating")


def fill_world(engine: Engine, rows: int, provinces: int) -> None:
    """Write a catalogue and `rows` dossiers with what belongs to them into an empty, migrated warehouse."""
    fill_calendar(engine)
    run_script(engine, "marts_world.sql", {"rows": rows, "provinces": provinces})
    run_script(engine, "marts_batch.sql", {"turn": 0})
    with engine.begin() as connection:
        indexes = _without_indexes(connection)

    def make(first: int) -> None:
        values = {"first": first, "last": min(first + _AT_A_TIME - 1, rows), "rows": rows}
        run_script(engine, "marts_dossiers.sql", values | {"provinces": provinces, "turn": 0})

    with ThreadPoolExecutor(_SESSIONS) as pool:
        list(pool.map(make, range(1, rows + 1, _AT_A_TIME)))
    with engine.begin() as connection:
        connection.execute(text("set local maintenance_work_mem = '512MB'"))
        for statement in indexes:
            connection.execute(text(statement))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum (freeze, analyze)"))


def add_change(engine: Engine, rows: int, provinces: int, *, count: int, turn: int) -> None:
    """Add a day's change to a world of `rows` dossiers: `count` dossiers, one half changed, the other new."""
    run_script(engine, "marts_batch.sql", {"turn": turn})
    run_script(engine, "marts_change.sql", {"turn": turn, "changed": count // 2})
    first = rows + 1 + (turn - 1) * count
    numbers = {"first": first, "last": first + count // 2 - 1, "rows": rows, "provinces": provinces}
    run_script(engine, "marts_dossiers.sql", {**numbers, "turn": turn})


def run_script(engine: Engine, name: str, values: dict[str, int]) -> None:
    """Run a script of this folder in one transaction; `values` are its parameters, numbers all.

    They are written into it: PostgreSQL takes no parameters where a table is made.
    """
    script = (HERE / name).read_text(encoding="utf-8")
    for key, value in values.items():
        script = re.sub(rf"(?<!:):{key}\b", str(int(value)), script)
    with engine.begin() as connection:
        for statement in script.split(";\n"):
            if statement.strip():
                connection.execute(text(statement))


def _without_indexes(connection: Connection) -> list[str]:
    """Drop the indexes of the large tables but their primary keys; return what makes them again."""
    again = []
    for table in _FILLED:
        found = connection.execute(
            text("""
                select index.indexrelid::regclass::text, pg_get_indexdef(index.indexrelid),
                    owner.conname, pg_get_constraintdef(owner.oid)
                from pg_index as index
                left join pg_constraint as owner on owner.conindid = index.indexrelid and owner.contype = 'u'
                where index.indrelid = cast(:table as regclass) and not index.indisprimary
            """),
            {"table": f"raw.{table}"},
        ).all()
        for name, definition, constraint, rule in found:
            if constraint:
                connection.execute(text(f"alter table raw.{table} drop constraint {constraint}"))
                again.append(f"alter table raw.{table} add constraint {constraint} {rule}")
            else:
                connection.execute(text(f"drop index {name}"))
                again.append(definition)
    return again
