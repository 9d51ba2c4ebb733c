"""Rights over the main job: every role asks every relation, and a rebuild never shows more for a moment."""

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import psycopg
import pytest
from psycopg import sql
from tests.access.callers import DENIED, Caller, account, asking, owner, subtree
from tests.end_to_end.main_job import MainJob

from decision766.warehouse.dbt import run_dbt
from decision766.warehouse.rights import PREFIX, apply_rights, load_rights, unnamed_relations

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]

# What an official sees, said here once more and by itself: the file of the rights is not asked.
OF_EVERYBODY = {
    *("marts.dim_indicator", "marts.dim_org_unit", "marts.dim_period", "marts.dim_procedure"),
    *("marts.dim_scoring_rule", "marts.mart_scorecard", "marts.fct_published_group"),
    "marts.bridge_org_unit_succession",
    *("audit.current_evaluation", "audit.evaluation", "audit.source"),
}
OF_SOURCES = {"audit.circuit_event", "audit.outcome", "marts.mart_source_outcome"}
OF_NOBODY = {"audit.landed_object"}
CLOSED = {
    *("audit.contest", "audit.cursor", "audit.erased_mark", "audit.erasure", "audit.ledger_entry"),
    *("audit.publication", "audit.publication_batch", "audit.quarantine_change", "audit.report"),
    *("audit.score_current", "audit.sign_off", "audit.tombstone", "audit.undeclared_field"),
    *("audit.unparseable", "audit.work_ledger"),
}
PUBLIC = {
    **dict.fromkeys(
        (
            *("marts.bridge_org_unit_succession", "marts.dim_indicator", "marts.dim_org_unit"),
            *("marts.dim_period", "marts.dim_scoring_rule"),
        ),
        "true",
    ),
    "marts.mart_scorecard": "published_total_score is not null",
    "marts.fct_published_group": "display_group = 'TOTAL'",
}
HIDDEN = {"audit.source": ("settings_hash",)}
OFFICIALS = ["H12", "H29", "H17.05", "H12.100"]


@dataclass(frozen=True)
class Relation:
    name: str
    columns: list[str]

    def ask(self, connection: Caller, where: str = "true", hidden: tuple[str, ...] = (), **values):
        """How many rows, and a sum over all they hold."""
        shown = [name for name in self.columns if name not in hidden]
        query = sql.SQL(
            "select count(*), coalesce(sum(hashtextextended(row({})::text, 0)::numeric), 0) from {} where {}"
        ).format(
            sql.SQL(", ").join(map(sql.Identifier, shown)),
            sql.Identifier(*self.name.split(".")),
            sql.SQL(where),
        )
        return connection.execute(query, values).fetchone()


@pytest.fixture(scope="module")
def relations(main_job: MainJob) -> list[Relation]:
    """Every table and view of marts and audit."""
    with owner(main_job.engine) as connection:
        found = connection.execute("""
            select relnamespace::regnamespace || '.' || relname, array(
                select attname::text from pg_attribute
                where attrelid = class.oid and attnum > 0 and not attisdropped order by attnum
            )
            from pg_class as class
            where relnamespace::regnamespace::text in ('marts', 'audit') and relkind in ('r', 'p', 'v', 'm')
            order by 1
        """).fetchall()
    assert len(found) > 50
    return [Relation(name, columns) for name, columns in found]


def _sources(connection: Caller, line: set[str]) -> list[str]:
    rows = connection.execute("select source_id, covers from audit.source").fetchall()
    return [source for source, covers in rows if "*" in covers or line & set(covers)]


def _permitted(connection: Caller, relation: Relation, unit: str) -> tuple[str, dict[str, object]]:
    """Which rows the official of `unit` may see, asked by the owner."""
    below = subtree(connection, unit)
    above = {unit[:place] for place, sign in enumerate(unit) if sign == "."}
    values: dict[str, object] = {
        "units": sorted(below),
        "sources": _sources(connection, below | above),
    }
    held = "(unit_code = any(%(units)s) or unit_code is null and source_id = any(%(sources)s))"
    batches = "(source_id = any(%(sources)s) or entity = 'procedure')"
    named = {
        **dict.fromkeys(OF_EVERYBODY, "true"),
        **dict.fromkeys(OF_NOBODY, "false"),
        **dict.fromkeys(OF_SOURCES, "source_id = any(%(sources)s)"),
        "marts.bridge_org_unit_scope": "scope_code = any(%(units)s)",
        "audit.batch": batches,
        "audit.quarantine": held,
        "audit.quarantine_event": "quarantine_id in"
        f" (select quarantine_id from audit.quarantine where {held})",
        "audit.validation_run": f"batch_id in (select batch_id from audit.batch where {batches})",
        "audit.rule_result": "validation_run_id in (select validation_run_id from audit.validation_run"
        f" where batch_id in (select batch_id from audit.batch where {batches}))",
    }
    if relation.name in named:
        return named[relation.name], values
    assert "unit_code" in relation.columns, f"{relation.name}: say here what an official sees of it"
    return "unit_code = any(%(units)s)", values


@pytest.fixture(scope="module")
def permitted(main_job: MainJob, relations: list[Relation]) -> Callable[[str], dict[str, tuple[int, object]]]:
    """What the owner counts of each relation that an official sees, of its permitted rows; once per unit."""

    @cache
    def of(unit: str) -> dict[str, tuple[int, object]]:
        found = {}
        with owner(main_job.engine) as everything:
            for relation in relations:
                if relation.name not in CLOSED:
                    where, values = _permitted(everything, relation, unit)
                    found[relation.name] = relation.ask(
                        everything, where, HIDDEN.get(relation.name, ()), **values
                    )
        return found

    return of


@contextmanager
def _official(job: MainJob, unit: str, way: str) -> Iterator[Caller]:
    """The official of a unit: by an account of its own, or by the web tier that names the unit."""
    if way == "web":
        with asking(job.engine, f"{PREFIX}web", unit=unit) as caller:
            yield caller
    else:
        with account(job.engine, "official", unit) as name, asking(job.engine, name) as caller:
            yield caller


@pytest.mark.parametrize("way", ["account", "web"])
@pytest.mark.parametrize("unit", OFFICIALS)
def test_an_official_gets_exactly_the_permitted_rows_of_every_relation(
    main_job, relations, permitted, unit, way
):
    wrong, seen = [], 0
    with _official(main_job, unit, way) as official:
        for relation in relations:
            if relation.name in CLOSED:
                with pytest.raises(DENIED):
                    relation.ask(official)
                continue
            hidden = HIDDEN.get(relation.name, ())
            got, expected = relation.ask(official, hidden=hidden), permitted(unit)[relation.name]
            seen += got[0]
            if got != expected:
                wrong.append(f"{relation.name}: {got[0]} rows, {expected[0]} permitted")
            for column in hidden:
                with pytest.raises(DENIED):
                    official.execute(f"select {column} from {relation.name}")
    assert not wrong
    assert seen > 1000


def test_who_operates_and_who_proves_see_every_row(main_job, relations):
    with owner(main_job.engine) as everything:
        for role, hidden in (("engineer", {}), ("auditor", {"audit.erasure": ("subject",)})):
            with asking(main_job.engine, PREFIX + role) as one:
                for relation in relations:
                    if role == "auditor" and relation.name == "audit.erased_mark":
                        with pytest.raises(DENIED):
                            relation.ask(one)
                        continue
                    kept = hidden.get(relation.name, ())
                    assert relation.ask(one, hidden=kept) == relation.ask(everything, hidden=kept), relation


def test_the_public_gets_published_totals_and_what_names_them(main_job, relations):
    with owner(main_job.engine) as everything, asking(main_job.engine, f"{PREFIX}public") as public:
        for relation in relations:
            where = PUBLIC.get(relation.name)
            if where is None:
                with pytest.raises(DENIED):
                    relation.ask(public)
                continue
            computed = [
                name
                for name in relation.columns
                if relation.name in ("marts.mart_scorecard", "marts.fct_published_group")
                and not _is_granted(everything, relation.name, name)
            ]
            assert "total_score" in computed or relation.name != "marts.mart_scorecard"
            hidden = tuple(computed)
            got = relation.ask(public, hidden=hidden)
            assert got == relation.ask(everything, where, hidden)
            assert got[0]


def _is_granted(connection: Caller, relation: str, column: str) -> bool:
    asked = [f"{PREFIX}public", relation, column]
    (granted,) = connection.execute("select has_column_privilege(%s, %s, %s, 'select')", asked).fetchone()
    return granted


def test_every_relation_there_is_has_a_row_of_its_own(main_job):
    with main_job.engine.connect() as connection:
        assert unnamed_relations(connection, load_rights()) == []


def test_the_build_left_nothing_for_applying_to_do(main_job):
    with owner(main_job.engine) as connection:
        before = connection.execute("select oid, xmin::text from pg_policy order by oid").fetchall()
        views = connection.execute("""
            select oid::regclass::text from pg_class
            where relkind = 'v' and relnamespace::regnamespace::text in ('marts', 'audit')
                and not coalesce('security_invoker=true' = any(reloptions), false)
        """).fetchall()
        apply_rights(main_job.engine)
        assert connection.execute("select oid, xmin::text from pg_policy order by oid").fetchall() == before
        assert views == []


SWAPPED = ["mart_late_dossier", "mart_channel", "dim_org_unit"]


def test_while_tables_are_swapped_an_official_sees_no_more_and_is_never_refused(main_job):
    unit, rebuilds, ended = "H12", 4, threading.Event()
    faults: list[str] = []
    asked = dict.fromkeys(SWAPPED, 0)
    tables: dict[str, set[int]] = {name: set() for name in SWAPPED}
    with owner(main_job.engine) as everything:
        below = subtree(everything, unit)

    def watch(caller: Caller, name: str) -> None:
        try:
            seen = caller.execute(
                f"select distinct unit_code, tableoid from marts.{name}" if name != "dim_org_unit"
                else "select distinct unit_code, 0 from marts.mart_channel"
            ).fetchall()  # fmt: skip
        except psycopg.Error as error:
            faults.append(f"{name}: {type(error).__name__}: {error}")
            return
        asked[name] += 1
        tables[name] |= {table for _, table in seen}
        if {code for code, _ in seen} - below or not seen:
            faults.append(f"{name}: saw {sorted({code for code, _ in seen})[:5]}")

    def look(caller: Caller) -> None:
        while not ended.is_set():
            for name in SWAPPED:
                watch(caller, name)

    with (
        account(main_job.engine, "official", unit) as login,
        asking(main_job.engine, login) as first,
        asking(main_job.engine, f"{PREFIX}web", unit=unit) as second,
    ):
        watchers = [threading.Thread(target=look, args=(caller,)) for caller in (first, second)]
        for watcher in watchers:
            watcher.start()
        try:
            for _ in range(rebuilds):
                run_dbt(
                    ["run", "--select", *SWAPPED],
                    database=main_job.settings.warehouse_database,
                    settings=main_job.settings,
                )
        finally:
            ended.set()
            for watcher in watchers:
                watcher.join()
    assert not faults, faults[:5]
    assert len(tables["mart_channel"]) > rebuilds // 2, "the tables were swapped under the watchers' eyes"
    assert min(asked.values()) > 20


def test_what_row_policies_cost(main_job):
    """Counting an official's share under its policies takes at most twice as long as by hand."""
    query = "select indicator_code, sum(numerator), sum(denominator) from marts.fct_indicator {} group by 1"
    with (
        account(main_job.engine, "official", "H12") as login,
        owner(main_job.engine) as everything,
        asking(main_job.engine, login) as official,
    ):
        below = sorted(subtree(everything, "H12"))
        by_hand = query.format("where unit_code in (select unnest(%s::text[]))")
        spent: dict[str, list[float]] = {"policy": [], "by hand": []}
        for _ in range(7):
            for way, caller, asked, values in (
                ("by hand", everything, by_hand, [below]),
                ("policy", official, query.format(""), None),
            ):
                start = time.perf_counter()
                caller.execute(asked, values).fetchall()
                spent[way].append(time.perf_counter() - start)
    ratio = statistics.median(spent["policy"]) / statistics.median(spent["by hand"])
    print(f"row policies: {ratio:.2f} times the same filter by hand")
    assert ratio < 2
