"""A build that follows the last one gives, row by row, what computing everything anew gives."""

import datetime as dt
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from decision766.bench.marts_fill import add_change, fill_world, run_script
from decision766.pipeline.build import close_evaluation, open_evaluation
from decision766.pipeline.following import follow_last_build
from decision766.settings import Settings
from decision766.sources.periods import LOCAL
from decision766.warehouse.dbt import DbtFailed, run_dbt

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]

ROWS, PROVINCES = 1_500, 1
COMPARED = (
    *("intermediate.int_dossier_record", "intermediate.int_dossier_state", "intermediate.int_dossier_cell"),
    *("intermediate.int_processing_time_count", "intermediate.int_dossier_count"),
    *("intermediate.int_dossier_count_variant", "marts.fct_dossier", "marts.mart_processing_time"),
    *("marts.fct_indicator", "marts.mart_scorecard", "marts.mart_late_dossier", "marts.mart_score_gain"),
    *("marts.mart_channel", "marts.mart_remote_filing", "marts.mart_idle_service", "marts.mart_data_quality"),
    *("intermediate.int_reception", "intermediate.int_target_dossier_day", "marts.mart_target_progress"),
    *("marts.mart_campaign_progress", "marts.mart_completeness"),
)
KEPT_IN_PART = (
    *("intermediate.int_dossier_cell", "intermediate.int_dossier_count", "intermediate.int_scored_indicator"),
    *("intermediate.int_unit_authority", "intermediate.int_procedure_count", "marts.mart_processing_time"),
    *("intermediate.int_reception", "intermediate.int_target_dossier_day"),
)
UNTOUCHED = [  # about what was held, campaigns that are over, and what landed
    *("marts.mart_data_quality", "marts.mart_campaign_progress", "marts.mart_completeness"),
]
FIGURES = """
    select boundary, unit_code, period_grain, period_start, procedure_code,
        (to_jsonb(figure) - array['evaluation_id', 'evaluated_at'])::text as stated
    from marts.fct_indicator as figure
"""
OTHER_RECORDS = Path(__file__).with_name("other_records.sql")


class Marts:
    """Builds the marts of one warehouse, at given instants."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.engine, self.settings = engine, settings

    def build(self, day: dt.datetime, *, anew: bool = False) -> tuple[str | None, dict[str, tuple[int, str]]]:
        """Build at `day`; return why everything was computed anew, and what the models hold."""
        if anew:  # the same batches and instant, another basis
            self.execute("update audit.evaluation set basis = 'another'")
            self.execute("update audit.work_ledger set evaluation_id = null where entity = 'rating'")
        evaluation = open_evaluation(self.engine, evaluated_at=day, run_id="test", settings=self.settings)
        assert evaluation is not None
        follows = follow_last_build(self.engine, evaluation)
        run_dbt(
            ["run", *([] if follows else ["--full-refresh"])],
            database=self.settings.warehouse_database,
            settings=self.settings,
        )
        close_evaluation(self.engine, evaluation)
        return self.reason(evaluation), self.held()

    def reason(self, evaluation: str) -> str | None:
        query = text("select rebuilt_because from audit.evaluation where evaluation_id = cast(:id as uuid)")
        with self.engine.connect() as connection:
            return connection.execute(query, {"id": evaluation}).scalar_one()

    def held(self) -> dict[str, tuple[int, str]]:
        with self.engine.connect() as connection:
            return {
                name: connection.execute(
                    text(f"""
                        select count(*), coalesce(sum(hashtextextended(
                            (to_jsonb(item) - array['evaluation_id', 'run_id'])::text, 0)::numeric), 0)::text
                        from {name} as item
                    """)
                )
                .one()
                ._tuple()
                for name in COMPARED
            }

    def rows_kept(self, name: str) -> int:
        """Rows beside those of the transaction that wrote most of them: 0 where one wrote all."""
        query = f"""
            select sum(written) - max(written)
            from (select count(*) as written from {name} group by xmin::text) as transactions
        """
        with self.engine.connect() as connection:
            return int(connection.execute(text(query)).scalar_one())

    def remember_figures(self) -> None:
        """Keep the figures of this build, to set beside those of the next."""
        self.execute(f"drop table if exists figures_before;\ncreate table figures_before as {FIGURES}")

    def changed_outside_the_affected(self) -> tuple[int, int]:
        """Figures unlike the remembered ones; those of them that are not said to be affected."""
        query = f"""
            with differing as (
                (select * from figures_before except {FIGURES})
                union (({FIGURES}) except select * from figures_before)
            )
            select count(*), count(*) filter (where not exists (
                select 1 from intermediate.int_shown_scope_affected as shown
                where differing.unit_code = shown.unit_code and differing.boundary = shown.boundary
                    and differing.period_grain = shown.period_grain
                    and differing.period_start = shown.period_start
                    and (shown.is_whole or differing.procedure_code = '*' or exists (
                        select 1 from intermediate.int_procedure_affected as changed
                        where shown.scope_key = changed.scope_key
                            and differing.procedure_code = changed.procedure_code
                    ))
            ))
            from differing
        """
        with self.engine.connect() as connection:
            changed, outside = connection.execute(text(query)).one()
        return int(changed), int(outside)

    def affected_figures_that_differ(self) -> int:
        """Rows of int_indicator_affected that fct_indicator does not have."""
        query = """
            select count(*) from (
                table intermediate.int_indicator_affected except table marts.fct_indicator
            ) as other
        """
        with self.engine.connect() as connection:
            return int(connection.execute(text(query)).scalar_one())

    def execute(self, statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements.split(";\n"):
                connection.execute(text(statement))


@pytest.fixture(scope="module")
def marts(module_warehouse: Engine, module_settings: Settings) -> Marts:
    fill_world(module_warehouse, ROWS, PROVINCES)
    run_dbt(["seed"], database=module_settings.warehouse_database, settings=module_settings)
    made = Marts(module_warehouse, module_settings)
    reason, held = made.build(dt.datetime(2026, 9, 28, 18, tzinfo=LOCAL))
    assert reason == "first build"
    assert held["marts.fct_dossier"][0] == ROWS
    return made


def test_a_days_change_gives_what_building_anew_gives(marts: Marts) -> None:
    day = dt.datetime(2026, 9, 29, 18, tzinfo=LOCAL)
    before = marts.held()
    marts.remember_figures()
    add_change(marts.engine, ROWS, PROVINCES, count=200, turn=1)
    reason, followed = marts.build(day)
    assert reason is None
    assert_affected_names_all_that_changed(marts)
    assert [name for name in COMPARED if followed[name] == before[name]] == UNTOUCHED
    assert all(marts.rows_kept(name) > 0 for name in KEPT_IN_PART)
    reason, anew = marts.build(day, anew=True)
    assert reason == "sources, calendar, quarantine or erasures changed"
    assert followed == anew


def test_a_change_minutes_later_touches_single_procedures(marts: Marts) -> None:
    day = dt.datetime(2026, 9, 29, 18, 5, tzinfo=LOCAL)
    add_change(marts.engine, ROWS, PROVINCES, count=20, turn=7)
    marts.remember_figures()
    reason, followed = marts.build(day)
    assert reason is None
    assert_affected_names_all_that_changed(marts)
    with marts.engine.connect() as connection:
        whole = connection.execute(
            text("select count(*) from intermediate.int_shown_scope_affected where is_whole")
        ).scalar_one()
    assert whole == 0
    reason, anew = marts.build(day, anew=True)
    assert followed == anew


def assert_affected_names_all_that_changed(marts: Marts) -> None:
    """Only what int_indicator_affected holds is proved and published anew: nothing else may differ."""
    changed, outside = marts.changed_outside_the_affected()
    assert changed > 0
    assert outside == 0
    assert marts.affected_figures_that_differ() == 0


def test_records_that_speak_of_dossiers_and_a_new_month_too(marts: Marts) -> None:
    day = dt.datetime(2026, 10, 5, 8, tzinfo=LOCAL)
    run_script(marts.engine, "marts_batch.sql", {"turn": 2})
    marts.execute(OTHER_RECORDS.read_text(encoding="utf-8"))
    marts.remember_figures()
    reason, followed = marts.build(day)
    assert reason is None
    assert_affected_names_all_that_changed(marts)
    reason, anew = marts.build(day, anew=True)
    assert reason is not None
    assert followed == anew


@pytest.mark.parametrize(
    ("table", "is_found"),
    [("int_indicator_affected", True), ("int_scored_indicator", False)],
    ids=["written by it", "kept by it"],
)
def test_a_following_build_proves_what_it_wrote(marts: Marts, table: str, is_found: bool) -> None:
    """And leaves what it kept to the builds that wrote it; dbt by hand proves everything."""
    wrong = f"update intermediate.{table} set score = score {{}} 1000 where score is not null"
    command = ["test", "--select", "fct_indicator", "--exclude-resource-type", "unit_test"]
    facts: dict[str, Any] = {"database": marts.settings.warehouse_database, "settings": marts.settings}
    # The last build here was of everything: it names no row that it alone may have changed.
    marts.execute(
        "insert into intermediate.int_indicator_affected "
        "select * from marts.fct_indicator where score is not null limit 1"
    )
    marts.execute(wrong.format("-"))
    try:
        with pytest.raises(DbtFailed, match="within_fct_indicator_score") if is_found else nullcontext():
            run_dbt(command, **facts, follows=True)
        with nullcontext() if is_found else pytest.raises(DbtFailed, match="within_fct_indicator_score"):
            run_dbt(command, **facts)
    finally:
        marts.execute(wrong.format("+"))
        marts.execute("truncate intermediate.int_indicator_affected")


@pytest.mark.parametrize(
    ("change", "undo", "reason"),
    [
        (
            "update audit.source set precedence = 7",
            "update audit.source set precedence = 100",
            "sources, calendar, quarantine or erasures changed",
        ),
        (
            "update raw.calendar_day set is_working = not is_working where day = '2026-09-01'",
            "update raw.calendar_day set is_working = not is_working where day = '2026-09-01'",
            "sources, calendar, quarantine or erasures changed",
        ),
        (
            "update audit.evaluation set code_version = 'x' || code_version",
            "update audit.evaluation set code_version = substr(code_version, 2)",
            "the models or seeds changed",
        ),
        (
            "update raw.dossier set former_code = 'H11-1' where batch_id = md5('dossier3')::uuid",
            "update raw.dossier set former_code = null where former_code is not null",
            "numbers were made anew",
        ),
    ],
)
def test_what_is_more_than_new_batches_builds_anew(marts: Marts, change: str, undo: str, reason: str) -> None:
    with marts.engine.connect() as connection:
        has_batch = connection.execute(
            text("select exists (select from audit.batch where batch_id = md5('dossier3')::uuid)")
        ).scalar_one()
    if not has_batch:
        add_change(marts.engine, ROWS, PROVINCES, count=200, turn=3)
    marts.execute(change)
    evaluation = open_evaluation(
        marts.engine,
        evaluated_at=dt.datetime(2026, 10, 6, 8, tzinfo=LOCAL),
        run_id="test",
        settings=marts.settings,
    )
    assert evaluation is not None
    try:
        assert not follow_last_build(marts.engine, evaluation)
        assert marts.reason(evaluation) == reason
    finally:
        marts.execute(undo)
        marts.execute(
            "update audit.work_ledger set evaluation_id = null where evaluation_id in "
            "(select evaluation_id from audit.evaluation where status = 'building')"
        )
        marts.execute("delete from audit.evaluation where status = 'building'")


def test_after_a_build_that_failed_everything_is_built_anew(marts: Marts) -> None:
    day = dt.datetime(2026, 10, 7, 8, tzinfo=LOCAL)
    broken = open_evaluation(marts.engine, evaluated_at=day, run_id="test", settings=marts.settings)
    again = open_evaluation(marts.engine, evaluated_at=day, run_id="test", settings=marts.settings)
    assert broken is not None
    assert again is not None
    assert not follow_last_build(marts.engine, again)
    assert marts.reason(again) == "the last build was not finished"
