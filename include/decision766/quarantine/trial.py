"""What a change of quarantine does to the scores: the models of the marts, built on trial beside them.

dbt builds `fct_indicator` and all it needs a second time, into schemas of its own (`trial_…`), where
audit.quarantine stands as it would after the change; everything else, evaluated_at included, is as in
the last build. What is compared is therefore the real computation on the same batches with and without the
change. Nothing is published, and the schemas are dropped afterwards. When the marts are not the last word
on what is accepted (a batch waits, or they were built by another version), the state before is built on
trial too.
"""

import datetime as dt
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, Engine, text

from decision766.ledger.evidence import code_version
from decision766.quarantine.moves import Moves
from decision766.settings import Settings
from decision766.warehouse.dbt import run_dbt

PREFIX = "trial_"
SCHEMAS = tuple(f"{PREFIX}{name}" for name in ("audit", "staging", "intermediate", "marts"))
ALL_PROCEDURES = "*"


@dataclass(frozen=True)
class Figure:
    """Numerator, denominator, score in points, status; null is no value, not 0."""

    numerator: Decimal | None
    denominator: Decimal | None
    score: Decimal | None
    status: str | None

    def __str__(self) -> str:
        return f"{_number(self.numerator)}/{_number(self.denominator)}, {_number(self.score)} points"


def _number(value: Decimal | None) -> str:
    return "null" if value is None else f"{value.normalize():f}"


@dataclass(frozen=True)
class EffectRow:
    """One unit, indicator, period and procedure (* is all) whose value differs; None: no such row."""

    unit_code: str
    indicator_code: str
    period_grain: str
    period_start: dt.date
    procedure_code: str
    before: Figure | None
    after: Figure | None

    @property
    def period(self) -> str:
        """The period as people write it: 2026-08, 2026-Q3, 2026."""
        if self.period_grain == "month":
            return f"{self.period_start:%Y-%m}"
        quarter = f"-Q{(self.period_start.month + 2) // 3}" if self.period_grain == "quarter" else ""
        return f"{self.period_start:%Y}{quarter}"

    def line(self) -> str:
        """The row in one line."""
        return f"{self.unit_code} {self.indicator_code} {self.period}: {self.before} → {self.after}"


@dataclass(frozen=True)
class Effect:
    """What a change does to the marts' indicators.

    compared: rows of fct_indicator looked at. basis: `marts` if the state before is what the marts hold,
    `trial` if it had to be built too. seconds: how long it took.
    """

    rows: tuple[EffectRow, ...]
    compared: int
    basis: str
    seconds: float


def effect_of(engine: Engine, moves: Moves, *, settings: Settings) -> Effect | None:
    """Return what the change would do to the scores; None if the marts were never built.

    settings.warehouse_database must be the database of `engine`. Trials come one after another.

    Raises:
        DbtFailed: a model cannot be built.
    """
    began = time.monotonic()
    with _alone(engine):
        try:
            with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
                if not _was_built(connection):
                    return None
                is_current = _marts_are_current(connection, settings)
                _set_up(connection)
                if is_current:  # a copy: a build may begin meanwhile
                    _keep_before(connection, "marts")
                connection.commit()
            if not is_current:
                _build(settings)
                with engine.begin() as connection:
                    _keep_before(connection, f"{PREFIX}marts")
            with engine.begin() as connection:
                _apply(connection, moves)
            _build(settings)
            with engine.connect() as connection:
                rows, compared = _compare(connection)
        finally:
            with engine.begin() as connection:
                _drop(connection)
    return Effect(rows, compared, "marts" if is_current else "trial", time.monotonic() - began)


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Hold the lock of trials, which the server takes back from a process that dies."""
    lock = "hashtextextended('decision766.trial', 766)"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"select pg_advisory_lock({lock})"))
        try:
            yield
        finally:
            connection.execute(text(f"select pg_advisory_unlock({lock})"))


def _was_built(connection: Connection) -> bool:
    return bool(
        connection.execute(
            text("""
                select to_regclass('marts.fct_indicator') is not null
                    and exists (select 1 from audit.evaluation where status = 'built')
            """)
        ).scalar_one()
    )


def _marts_are_current(connection: Connection, settings: Settings) -> bool:
    """Whether the marts hold all that is accepted, built by this version of the models."""
    return bool(
        connection.execute(
            text("""
                select
                    not exists (select 1 from audit.work_ledger where evaluation_id is null)
                    and not exists (
                        select 1 from audit.quarantine_event where happened_at >= last.started_at
                    )
                    and last.status = 'built' and last.code_version = :version
                    and not exists (
                        select 1 from marts.fct_indicator
                        where evaluation_id is distinct from last.evaluation_id
                    )
                from audit.evaluation as last order by last.started_at desc limit 1
            """),
            {"version": code_version(settings)},
        ).scalar_one()
    )


def _set_up(connection: Connection) -> None:
    """Make the audit schema of the trial: views of what it shares, copies of what must stand still."""
    _drop(connection)
    connection.execute(text(f"create schema {PREFIX}audit"))
    own = {
        "quarantine": "table audit.quarantine",
        "batch": "table audit.batch",
        "current_evaluation": """
            select evaluation_id, evaluated_at, run_id from audit.evaluation
            where status = 'built' order by started_at desc limit 1
        """,
    }
    shared = connection.execute(
        text("""
            select relname from pg_class
            where relnamespace = 'audit'::regnamespace and relkind in ('r', 'v')
        """)
    ).scalars()
    for name in shared:
        if name not in own:
            connection.execute(text(f'create view {PREFIX}audit."{name}" as table audit."{name}"'))
    for name, query in own.items():
        connection.execute(text(f"create table {PREFIX}audit.{name} as {query}"))
    connection.execute(text(f"create index on {PREFIX}audit.quarantine (entity, state, raw_id)"))
    connection.execute(text(f"analyze {PREFIX}audit.quarantine, {PREFIX}audit.batch"))


def _apply(connection: Connection, moves: Moves) -> None:
    """Let the trial's quarantine hold what the change would hold."""
    connection.execute(
        text(f"""
            update {PREFIX}audit.quarantine as held set state = 'replayed'
            where (held.entity, held.raw_id) in (
                select * from unnest(cast(:entities as text[]), cast(:raw_ids as bigint[]))
            )
        """),
        {
            "entities": [entity for entity, _ in moves.let_in],
            "raw_ids": [raw_id for _, raw_id in moves.let_in],
        },
    )
    connection.execute(
        text(f"""
            update {PREFIX}audit.quarantine set state = 'open'
            where quarantine_id = any(cast(:ids as bigint[]))
        """),
        {"ids": [entry for entry, state in moves.moved.items() if state == "open"]},
    )


def _build(settings: Settings) -> None:
    run_dbt(
        ["run", "--select", "+fct_indicator", "--full-refresh"],  # a trial follows no build
        database=settings.warehouse_database,
        settings=settings,
        trial=PREFIX,
    )


def _keep_before(connection: Connection, schema: str) -> None:
    connection.execute(
        text(
            f"create table {PREFIX}audit.before as "
            f"select * from {schema}.fct_indicator where boundary = 'as_was'"
        )
    )


_KEY = ("unit_code", "indicator_code", "period_grain", "period_start", "procedure_code")
_VALUES = ("numerator", "denominator", "score", "status")


def _compare(connection: Connection) -> tuple[tuple[EffectRow, ...], int]:
    keys = ", ".join(_KEY)
    values = ", ".join(f"was.{name} as {name}_before, now_is.{name} as {name}_after" for name in _VALUES)
    differs = " or ".join(f"was.{name} is distinct from now_is.{name}" for name in _VALUES)
    found = connection.execute(
        text(f"""
            select {keys}, {values}, was.unit_code is not null as was_there,
                now_is.unit_code is not null as is_there
            from {PREFIX}audit.before as was
            full outer join (
                select * from {PREFIX}marts.fct_indicator where boundary = 'as_was'
            ) as now_is using ({keys})
            where {differs}
            order by array_length(string_to_array(unit_code, '.'), 1), {keys}
        """)
    ).all()
    compared = connection.execute(
        text(f"select count(*) from {PREFIX}marts.fct_indicator where boundary = 'as_was'")
    ).scalar_one()
    rows = tuple(
        EffectRow(
            **{name: getattr(row, name) for name in _KEY},
            before=Figure(*(getattr(row, f"{name}_before") for name in _VALUES)) if row.was_there else None,
            after=Figure(*(getattr(row, f"{name}_after") for name in _VALUES)) if row.is_there else None,
        )
        for row in found
    )
    return rows, int(compared)


def _drop(connection: Connection) -> None:
    connection.execute(text(f"drop schema if exists {', '.join(SCHEMAS)} cascade"))


def write_effect(connection: Connection, change_id: str, rows: Iterable[EffectRow]) -> None:
    """Keep the effect with its change."""
    columns = [*_KEY, *(f"{name}_{when}" for when in ("before", "after") for name in _VALUES)]
    values = [
        {
            "change_id": change_id,
            **{name: getattr(row, name) for name in _KEY},
            **{f"{name}_before": getattr(row.before, name, None) for name in _VALUES},
            **{f"{name}_after": getattr(row.after, name, None) for name in _VALUES},
        }
        for row in rows
    ]
    if values:
        connection.execute(
            text(f"""
                insert into audit.quarantine_effect (change_id, {", ".join(columns)})
                values (cast(:change_id as uuid), {", ".join(f":{name}" for name in columns)})
            """),
            values,
        )
