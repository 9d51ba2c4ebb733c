"""Measures validation: all rules of the dossier suite on one batch, beside one SQL pass written by hand.

Both run on the same rows in the same database, a PostgreSQL of its own started for the purpose, one after the
other, several times in turn; the medians are compared. Validation is the whole of it: statistics, Great
Expectations, the rules' own counts, their reconciliation, quarantine and results in `audit`.
"""

import contextlib
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Engine, text

from decision766.bench.report import write_report
from decision766.platform.databases import ensure_database
from decision766.platform.postgres import EmbeddedPostgres, free_port
from decision766.settings import Settings
from decision766.validation import ValidationSummary, validate_batch
from decision766.validation.metrics import great_expectations
from decision766.validation.rules import load_suites
from decision766.warehouse.calendar import fill_calendar
from decision766.warehouse.connect import libpq_url, server_url, warehouse_engine
from decision766.warehouse.migrate import migrate

HERE = Path(__file__).parent
MOST = 3.0


class BenchmarkError(Exception):
    """The two sides did not count the same, so that their times say nothing."""


@dataclass(frozen=True)
class Measured:
    """Seconds, one figure per turn, and how many rules and rows they are about.

    work: processor seconds of both, of the last turn: of the server and of this process.
    """

    rows: int
    rules: int
    quarantined: int
    by_hand: list[float]
    validation: list[float]
    work: tuple[float, float]

    @property
    def ratio(self) -> float:
        """Median of validation by median of the pass by hand."""
        return statistics.median(self.validation) / statistics.median(self.by_hand)


def bench_validate(rows: int, turns: int, *, folder: Path | None = None) -> Measured:
    """Measure, and write docs/benchmarks/validate.md and .svg.

    Raises:
        BenchmarkError: a rule's count differs from the one counted by hand.
    """
    with _database() as engine:
        ids = _fill(engine, rows)
        measured = compare(engine, ids, turns)
    by_hand, validation = statistics.median(measured.by_hand), statistics.median(measured.validation)
    write_report(
        "validate",
        f"Validation of {rows:,} dossiers beside one SQL pass by hand",
        [
            {
                "what": "one SQL pass by hand",
                "seconds": by_hand,
                "times": 1.0,
                "processor seconds": measured.work[0],
            },
            {
                "what": f"validation by {measured.rules} rules",
                "seconds": validation,
                "times": measured.ratio,
                "processor seconds": measured.work[1],
            },
        ],
        [
            f"`make bench-validate`: {turns} turns, medians; at most {MOST:.0f} times is the aim. "
            f"Both read the same {rows:,} rows in one database in one run; by hand "
            f"{_listed(measured.by_hand)} s, validation {_listed(measured.validation)} s.",
            "The pass by hand is `include/decision766/bench/dossiers_by_hand.sql`: one `select` with a "
            "filtered count per rule, registers hashed once, lists taken apart where there are any. "
            "PostgreSQL runs it on one processor, for it shares out no query with correlated subqueries; "
            "validation uses two sessions, and so two processors where there are two: the processor seconds "
            "(of the last turn) say what that costs. "
            "It only counts; the benchmark fails unless it counts for every rule what validation counts.",
            "Validation is everything that a batch goes through: statistics of the table, every rule by "
            "Great Expectations and again by its own SQL (two sessions, one snapshot), reconciliation, "
            f"{measured.quarantined:,} rows set aside, results in `audit`. Importing Great Expectations, "
            "once per process, is not in it.",
        ],
        folder=folder,
    )
    return measured


def compare(engine: Engine, ids: Mapping[str, Any], turns: int) -> Measured:
    """Time both on the batch, in turn; see that they count the same."""
    statement = text((HERE / "dossiers_by_hand.sql").read_text(encoding="utf-8"))
    great_expectations()
    by_hand: list[float] = []
    validation: list[float] = []
    summary: ValidationSummary | None = None
    counted: Mapping[str, Any] = {}
    work = (0.0, 0.0)
    with engine.connect() as connection:
        connection.execute(statement, ids).one()  # both find the rows in memory, as after a load
    for _ in range(turns):
        before = _work(engine)
        with engine.connect() as connection:
            began = time.perf_counter()
            row = connection.execute(statement, ids).one()
            by_hand.append(time.perf_counter() - began)
        work_by_hand = _work(engine) - before
        counted = dict(row._mapping)
        _forget(engine)
        before = _work(engine)
        began = time.perf_counter()
        summary = validate_batch(engine, ids["dossier_batch"], settings=Settings())
        validation.append(time.perf_counter() - began)
        work = (work_by_hand, _work(engine) - before)
    if summary is None:
        raise ValueError("at least one turn")
    _same(counted, summary)
    return Measured(
        summary.rows_evaluated, len(summary.rules), summary.rows_quarantined, by_hand, validation, work
    )


def _same(counted: Mapping[str, Any], summary: ValidationSummary) -> None:
    rules = {rule.id: rule for rule in load_suites(Settings().project_root / "expectations")["dossier"].rules}
    if set(counted) != set(rules):
        raise BenchmarkError(
            f"not counted by hand, or no rule: {', '.join(sorted(set(counted) ^ set(rules)))}; "
            "complete dossiers_by_hand.sql"
        )
    for outcome in summary.rules:
        by_hand, rule = counted[outcome.rule_id], rules[outcome.rule_id]
        if rule.check.kind == "stable_mix":
            measured = outcome.detail["measured"]
            agree = by_hand == [measured[str(code)] for code in rule.check.codes]
        elif rule.check.kind in ("volume", "fresh"):
            agree = by_hand is not None
        else:
            agree = by_hand == outcome.unexpected_count
        if not agree:
            raise BenchmarkError(
                f"rule {outcome.rule_id}: by hand {by_hand}, validation {outcome.unexpected_count}; "
                "mend dossiers_by_hand.sql or the rule"
            )


def _fill(engine: Engine, rows: int) -> dict[str, Any]:
    ids: dict[str, Any] = {
        name: str(uuid.uuid4()) for name in ("unit_batch", "procedure_batch", "dossier_batch")
    }
    ids["rows"] = rows
    fill_calendar(engine)
    with engine.begin() as connection:
        for statement in (HERE / "dossiers.sql").read_text(encoding="utf-8").split(";\n"):
            if statement.strip():
                connection.execute(text(statement), ids)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum (freeze, analyze) raw.dossier"))
    return ids


def _forget(engine: Engine) -> None:
    """Make the batch one that nothing was ever said about."""
    with engine.begin() as connection:
        connection.execute(
            text("""
                truncate audit.quarantine, audit.work_ledger, audit.rule_result, audit.validation_run cascade
            """)
        )
        connection.execute(text("update audit.batch set status = 'loaded' where entity = 'dossier'"))


def _work(engine: Engine) -> float:
    """Processor seconds so far of this process and of the server, its ended sessions included."""
    with engine.connect() as connection:
        session = int(connection.execute(text("select pg_backend_pid()")).scalar_one())
    seconds = [time.process_time()]
    with contextlib.suppress(psutil.NoSuchProcess):  # a server elsewhere
        server = psutil.Process(session).parent()
        if server is not None:
            own = server.cpu_times()
            seconds += [own.user, own.system, own.children_user, own.children_system]
            for item in server.children():
                with contextlib.suppress(psutil.NoSuchProcess):
                    seconds += item.cpu_times()[:2]
    return sum(seconds)


def _listed(seconds: list[float]) -> str:
    return ", ".join(f"{item:.1f}" for item in seconds)


@contextmanager
def _database() -> Iterator[Engine]:
    """A migrated warehouse on a PostgreSQL of its own, set as the project sets its own; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="decision766-bench-") as home:
        server = EmbeddedPostgres(Path(home), free_port(), durable=False)
        server.start()
        try:
            url = libpq_url(server_url(Settings(database_port=server.port)))
            settings = Settings(home=Path(home), database_url=url)
            ensure_database(settings, settings.warehouse_database)
            engine = warehouse_engine(settings=settings)
            migrate(engine)
            yield engine
            engine.dispose()
        finally:
            server.destroy()
