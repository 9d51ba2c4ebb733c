"""The dbt project: builds on an empty warehouse, keeps its contracts, proves its clock and its scoring."""

from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine, text

from decision766.pipeline.build import build_marts, close_evaluation, open_evaluation
from decision766.settings import Settings
from decision766.sources.periods import LOCAL
from decision766.warehouse.dbt import DbtFailed, run_dbt

PROJECT = Path(__file__).parents[2] / "dbt_project"
CONTRACT = {
    *("dim_indicator", "dim_scoring_rule", "dim_org_unit", "dim_procedure", "dim_period", "fct_dossier"),
    *("fct_indicator", "fct_published_indicator", "fct_published_group", "mart_scorecard"),
    *("mart_reconciliation", "mart_processing_time", "mart_completeness", "mart_source_outcome"),
    *("mart_catalogue_reconciliation", "mart_total_reconciliation"),
    *("bridge_org_unit_scope", "mart_indicator_case", "mart_score_arithmetic", "mart_dossier_trace"),
    *("mart_late_dossier", "mart_idle_service", "mart_score_gain", "mart_score_step", "mart_fixable_case"),
    *("mart_channel", "mart_remote_filing", "mart_data_quality"),
    *("mart_target_progress", "mart_campaign_progress"),
}

UNKEYED = {
    "int_petition_step",  # a timeline may hold the same step twice
    *("int_indicator_value", "int_indicator_spine"),  # proved by int_scored_indicator, as the next two
    *("int_dossier_indicator", "int_procedure_indicator"),
    "int_indicator_affected",  # rows of fct_indicator
    *(
        "int_procedure_case",
        "int_service_case",
    ),  # int_unit_authority and int_unit_service, joined by proved keys
    "int_dossier_event",  # a dossier may be closed more than once
    # Views of int_dossier_record and int_dossier_state, which prove the key, and of these by period and unit.
    *("int_dossier", "int_dossier_clock", "int_dossier_closing", "int_dossier_mark", "int_dossier_present"),
    *("int_dossier_supplement", "int_dossier_period", "int_dossier_member", "int_dossier_fact"),
    "int_dossier_reception",
    "int_processing_time",
    # Views with a row per case: tests/end_to_end/test_explain proves their keys.
    *("int_dossier_case", "int_processing_case", "mart_indicator_case", "mart_dossier_trace"),
    *("mart_score_arithmetic", "int_explained_dossier", "int_explained_unaccepted", "int_explained_total"),
    *("int_explained_processing", "int_explained_transparency", "int_explained_procedure"),
    *("int_explained_service", "int_explained_commune", "int_explained_petition"),
    # Views of every unit and period: tests/end_to_end/test_work_lists proves what they hold.
    *("mart_score_gain", "mart_score_step", "mart_fixable_case", "int_indicator_target"),
    "int_target_dossier",  # a view with a row per dossier and cut: its counts prove what they count by
}


def described_models() -> dict[str, dict]:
    return {
        model["name"]: model
        for path in (PROJECT / "models").rglob("_*__models.yml")
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    }


def test_every_model_is_described_and_keyed():
    models = {path.stem for path in (PROJECT / "models").rglob("*.sql")}
    described = described_models()
    assert models >= CONTRACT
    assert set(described) == models
    without_text = [name for name, model in described.items() if len(model.get("description", "")) < 20]
    without_key = [
        name
        for name, model in described.items()
        if not any("unique_combination" in str(test) for test in model.get("data_tests", []))
        and name not in UNKEYED
    ]
    assert without_text == []
    assert without_key == []


def test_marts_enforce_contracts_and_label_every_column_in_vietnamese_and_english():
    for path in (PROJECT / "models" / "marts").rglob("_*__models.yml"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            assert model["config"]["contract"]["enforced"], model["name"]
            assert all(column["data_type"] and column["description"] for column in model["columns"]), model[
                "name"
            ]


def test_the_semantic_description_speaks_of_columns_there_are_and_adds_up_parts_never_ratios():
    path = PROJECT / "models" / "marts" / "indicator" / "_indicator__semantics.yml"
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    (model,) = told["semantic_models"]
    columns = {column["name"] for column in described_models()["fct_indicator"]["columns"]}
    spoken_of = {item.get("expr", item["name"]) for item in model["dimensions"] + model["measures"]}
    assert spoken_of <= columns
    assert {item["expr"] for item in model["measures"]} == {"numerator", "denominator"}
    assert all(item["non_additive_dimension"]["name"] == "period_start" for item in model["measures"])
    metrics = {metric["name"]: metric for metric in told["metrics"]}
    assert metrics["indicator_ratio"]["type_params"] == {
        "numerator": "indicator_numerator",
        "denominator": "indicator_denominator",
    }


def test_names_follow_the_layers():
    for path in (PROJECT / "models").rglob("*.sql"):
        layer = path.relative_to(PROJECT / "models").parts[0]
        prefixes = {
            "staging": ("stg_",),
            "intermediate": ("int_",),
            "marts": ("dim_", "fct_", "mart_", "bridge_"),
        }[layer]
        assert path.stem.startswith(prefixes), path
        assert len(path.stem) <= 45, path
        if layer == "intermediate":
            assert "ref('mart_" not in path.read_text(encoding="utf-8") or "reconciliation" in path.parts, (
                path
            )


@pytest.mark.slow
@pytest.mark.warehouse
def test_builds_on_an_empty_warehouse_and_proves_its_units(
    module_settings: Settings, module_warehouse: Engine
):
    import datetime as dt

    evaluated_at = dt.datetime(2026, 9, 28, 8, tzinfo=LOCAL)
    evaluation = open_evaluation(module_warehouse, evaluated_at=evaluated_at, run_id="test")
    assert evaluation is not None
    database = module_settings.warehouse_database
    summary = build_marts(module_warehouse, evaluation, database=database, settings=module_settings)
    close_evaluation(module_warehouse, evaluation)
    assert summary.passed > 150
    with module_warehouse.connect() as connection:
        indicators = connection.execute(text("select count(*) from marts.dim_indicator")).scalar_one()
        maxima = connection.execute(
            text("""
                select array_agg(points order by group_no) from (
                    select group_no, sum(max_points) as points
                    from marts.dim_scoring_rule inner join marts.dim_indicator using (indicator_code)
                    where is_scored group by group_no
                ) as groups
            """)
        ).scalar_one()
    assert indicators == 22
    assert maxima == [18, 20, 22, 22, 18]

    units = run_dbt(["test", "--select", "test_type:unit"], database=database, settings=module_settings)
    assert units.passed >= 36


@pytest.mark.slow
@pytest.mark.warehouse
def test_a_failed_build_gives_its_batches_back(
    module_settings: Settings, module_warehouse: Engine, tmp_path: Path
):
    import datetime as dt
    import shutil

    broken = tmp_path / "project"
    shutil.copytree(PROJECT, broken / "dbt_project")
    (broken / "dbt_project" / "models" / "staging" / "audit" / "stg_audit__evaluation.sql").write_text(
        "select 1 / 0"
    )
    at = dt.datetime(2026, 9, 28, 9, tzinfo=LOCAL)
    evaluation = open_evaluation(module_warehouse, evaluated_at=at, run_id="broken")
    assert evaluation is not None
    with pytest.raises(DbtFailed, match="stg_audit__evaluation"):
        build_marts(
            module_warehouse,
            evaluation,
            database=module_settings.warehouse_database,
            settings=module_settings.model_copy(update={"project_root": broken}),
        )
    again = open_evaluation(module_warehouse, evaluated_at=at, run_id="again")
    assert again is not None
    assert again != evaluation
