"""5 % bad rows of twenty kinds: each is held by its rule, no good row is; mended, the clean scores."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, text
from tests.end_to_end.main_job import FIRST_MONTH, PRESENT, SEED

from decision766.pipeline.build import build_marts, close_evaluation, open_evaluation
from decision766.pipeline.ingest import ingest_source
from decision766.pipeline.prove import validate_source
from decision766.platform.databases import clone_database, drop_database
from decision766.quarantine import Selection, carry_out, list_entries, replay, show_entry, unwaive, waive
from decision766.settings import Settings
from decision766.simulator.planting import KINDS, MARK, NOT_LISTED, Planted, Planting
from decision766.simulator.server import create_app
from decision766.simulator.world import World
from decision766.sources import find_source
from decision766.validation.rules import load_suites
from decision766.warehouse.connect import warehouse_engine
from stand_in_server import connection_to, serving_app

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]

SHARE, WITHHELD = 0.05, 2
PROVINCE = "H12"
SCORES = """
    select unit_code, indicator_code, period_grain, period_start, procedure_code, numerator, denominator,
        ratio, score, status, status_reason, coverage
    from marts.fct_indicator order by 1, 2, 3, 4, 5
"""
Scores = dict[tuple[Any, ...], tuple[Any, ...]]


@dataclass
class Job:
    """One province read, validated and scored."""

    engine: Engine
    settings: Settings

    def read(self, app: Any, run_id: str) -> None:
        config = find_source(self.settings.sources_folder, "province_h12")
        with serving_app(app) as url:
            ingest_source(
                self.engine,
                config,
                connection_to(url, config),
                run_id=run_id,
                observed_at=PRESENT,
                settings=self.settings,
            ).raise_for_failures()
        validate_source(self.engine, config.id, settings=self.settings)

    def build(self, run_id: str) -> Scores:
        evaluation = open_evaluation(self.engine, evaluated_at=PRESENT, run_id=run_id)
        assert evaluation, "there was work for the marts"
        build_marts(
            self.engine, evaluation, database=self.settings.warehouse_database, settings=self.settings
        )
        close_evaluation(self.engine, evaluation)
        return {tuple(row[:5]): tuple(row[5:]) for row in self.rows(SCORES)}

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    def held(self) -> dict[tuple[str, int], set[str]]:
        """Raw row → rules that hold it."""
        found = defaultdict(set)
        for entity, raw_id, rule in self.rows(
            "select entity, raw_id, rule_id from audit.quarantine where state = 'open'"
        ):
            found[entity, raw_id].add(rule)
        return dict(found)

    def forget_cursors(self) -> None:
        with self.engine.begin() as connection:
            connection.execute(text("delete from audit.cursor"))


@pytest.fixture(scope="module")
def world() -> World:
    return World.build(seed=SEED, dossiers=4500, first_month=FIRST_MONTH, months=3, present=PRESENT)


@pytest.fixture(scope="module")
def clean(world: World, module_settings: Settings, module_warehouse: Engine) -> Scores:
    """The scores of an unspoiled run, in a warehouse of its own."""
    job = Job(module_warehouse, module_settings)
    job.read(create_app(world), "clean")
    assert job.held() == {}
    return job.build("clean")


@pytest.fixture(scope="module")
def planting() -> Planting:
    return Planting(SHARE, withheld=WITHHELD)


@pytest.fixture(scope="module")
def spoiled(
    world: World, planting: Planting, database_server: str, template_database: str, tmp_path_factory: Any
) -> Iterator[Job]:
    """The same world with bad rows, in another warehouse."""
    settings = Settings(
        home=tmp_path_factory.mktemp("spoiled"),
        database_url=database_server,
        warehouse_database=f"test_{uuid.uuid4().hex[:12]}",
    )
    clone_database(settings, template_database, settings.warehouse_database)
    engine = warehouse_engine(settings=settings)
    job = Job(engine, settings)
    job.read(create_app(world, planting=planting), "spoiled")
    yield job
    engine.dispose()
    drop_database(settings, settings.warehouse_database)


def of_province(planting: Planting) -> list[Planted]:
    return [item for item in planting.planted if item.province == PROVINCE]


def raw_rows(job: Job, planting: Planting) -> dict[tuple[str, int], set[str]]:
    """Raw row → the rules that the ground truth says must hold it."""
    by_number = {item.number: item for item in of_province(planting) if item.number is not None}
    by_code = {
        (item.entity, item.procedure_code): item for item in of_province(planting) if item.procedure_code
    }
    found = {}
    for entity in sorted({item.entity for item in of_province(planting)}):
        named = entity in {item[0] for item in by_code}
        for raw_id, number, code in job.rows(
            f"select raw_id, extra ->> '{MARK}', {'procedure_code' if named else 'null'} from raw.{entity}"
        ):
            if number is not None:
                item = by_number.pop(int(number))
                assert item.entity == entity
                found[entity, raw_id] = {item.rule}
            elif (entity, code) in by_code:
                found[entity, raw_id] = {by_code[entity, code].rule}
    assert by_number == {}, "planted records that never reached raw"
    return found


def test_planting_is_what_it_says(planting: Planting, spoiled: Job):
    planted = of_province(planting)
    assert len(KINDS) == 20
    assert {kind.name for kind in KINDS} | {NOT_LISTED} == {item.kind for item in planted}
    counts = Counter(item.entity for item in planted if item.number is not None)
    for entity, number in counts.items():
        ((rows,),) = spoiled.rows(f"select count(*) from raw.{entity}")
        assert abs(number / rows - SHARE) < 0.01, entity
    assert counts["dossier"] > 50


def test_every_planted_row_is_held_by_its_rule_and_no_good_row_is(planting: Planting, spoiled: Job):
    planted, held = raw_rows(spoiled, planting), spoiled.held()
    assert len(planted) == len(of_province(planting))
    assert {row: held.get(row, set()) & rules for row, rules in planted.items()} == planted
    assert set(held) == set(planted)


def test_counts_reconcile_with_great_expectations(planting: Planting, spoiled: Job):
    counted = spoiled.rows(
        """
        select rule_id, sum(unexpected_count), sum(predicate_count), sum(quarantined_count)
        from audit.rule_result where severity = 'quarantine' group by rule_id
        """
    )
    assert len(counted) > 60
    for rule, gx, predicate, quarantined in counted:
        assert gx == predicate == quarantined, rule
    wanted = Counter(item.rule for item in of_province(planting))
    assert {rule: int(gx) for rule, gx, *_ in counted if rule in wanted} == dict(wanted)


@pytest.fixture(scope="module")
def spoilt_scores(spoiled: Job) -> Scores:
    return spoiled.build("spoiled")


def keys(rows: Any) -> set[tuple[Any, ...]]:
    return {
        (row.unit_code, row.indicator_code, row.period_grain, row.period_start, row.procedure_code)
        for row in rows
    }


def test_an_entry_is_shown_with_all_that_is_known_of_it(spoiled: Job, spoilt_scores: Scores):
    suites = load_suites(spoiled.settings.project_root / "expectations")
    with spoiled.engine.connect() as connection:
        page = list_entries(connection, Selection(rule="dossier.fees.readable", state="open"), limit=1)
        (rule,) = page.rules
        assert rule.open == page.entries_found > len(page.entries) == 1
        assert page.next_after == page.entries[0].quarantine_id
        shown = show_entry(
            connection, page.entries[0].quarantine_id, suites=suites, settings=spoiled.settings
        )
    assert shown.record
    assert shown.record["MaHoSo"] == shown.entry.record_key
    assert "tùy trường hợp" not in str(shown.record)
    assert [event.state for event in shown.history] == ["open"]
    assert shown.units[-1] == PROVINCE
    assert "3.5" in shown.indicators


def test_a_waiver_says_before_what_the_next_build_says_after(spoiled: Job, spoilt_scores: Scores):
    ((entry,),) = spoiled.rows(
        "select min(quarantine_id) from audit.quarantine where rule_id = 'dossier.promised_at.readable'"
    )
    waiver = partial(waive, ids=[entry], author="Trần An", reason="Giấy hẹn số 12 xác nhận")
    change = carry_out(spoiled.engine, waiver, settings=spoiled.settings)
    assert change.effect is not None
    assert change.effect.basis == "marts"  # nothing waits: the marts are the state before
    scores = spoiled.build("waived")
    assert {key for key in scores if scores[key] != spoilt_scores[key]} == keys(change.effect.rows) != set()
    for row in change.effect.rows:
        key = (row.unit_code, row.indicator_code, row.period_grain, row.period_start, row.procedure_code)
        assert (row.before.numerator, row.before.denominator, row.before.score) == tuple(
            spoilt_scores[key][place] for place in (0, 1, 3)
        )
        assert (row.after.numerator, row.after.denominator, row.after.score) == tuple(
            scores[key][place] for place in (0, 1, 3)
        )
    assert spoiled.rows("select count(*) from audit.quarantine_effect") == [(len(change.effect.rows),)]
    undone = carry_out(
        spoiled.engine,
        partial(unwaive, ids=[entry], author="Trần An", reason="Nhầm hồ sơ"),
        settings=spoiled.settings,
    )
    assert undone.effect is not None
    assert {(row.before, row.after) for row in undone.effect.rows} == {
        (row.after, row.before) for row in change.effect.rows
    }
    leftover = "select count(*) from pg_namespace where nspname like 'trial%'"
    assert spoiled.rows(leftover) == [(0,)]


def test_mended_the_scores_are_those_of_the_clean_run(
    world: World, planting: Planting, spoiled: Job, clean: Scores, spoilt_scores: Scores
):
    assert len({key for key in clean if spoilt_scores.get(key) != clean[key]}) > 100
    held = spoiled.held()
    spoiled.forget_cursors()
    spoiled.read(create_app(world), "corrected")  # the records anew, and the catalogue whole
    suites = load_suites(spoiled.settings.project_root / "expectations")
    run = partial(replay, suites=suites, selection=Selection(), author="engineer")

    tried = carry_out(spoiled.engine, run, settings=spoiled.settings, preview=True)
    assert tried.effect is not None
    assert tried.effect.basis == "trial"  # batches wait: the state before is built too
    assert spoiled.held() == held, "a preview keeps nothing"

    made = carry_out(spoiled.engine, run, settings=spoiled.settings, with_effect=False)
    assert made.moves.let_in == tried.moves.let_in == set(waiting_for_the_catalogue(spoiled, planting))
    corrected = {
        row
        for row, rules in held.items()
        if not rules & {"dossier.dossier_code.missing", "dossier.unit_code.known"}
    } - made.moves.let_in
    assert set(made.moves.superseded) == corrected

    scores = spoiled.build("mended")
    assert scores == clean
    assert keys(tried.effect.rows) != set()
    for row in tried.effect.rows:
        key = (row.unit_code, row.indicator_code, row.period_grain, row.period_start, row.procedure_code)
        assert (row.after.numerator, row.after.denominator, row.after.score) == tuple(
            clean[key][place] for place in (0, 1, 3)
        )
    assert carry_out(spoiled.engine, run, settings=spoiled.settings).moves.is_nothing


def waiting_for_the_catalogue(job: Job, planting: Planting) -> Iterator[tuple[str, int]]:
    """Rows with nothing wrong but a procedure that the catalogue did not list."""
    for entity in ("dossier", "service", "unit_procedure_authority", "procedure_part"):
        for (raw_id,) in job.rows(
            f"select raw_id from raw.{entity} where procedure_code = any(:codes)",
            codes=sorted(planting.withheld),
        ):
            yield entity, raw_id
