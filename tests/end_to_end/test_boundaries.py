"""as_is: H17 Đà Nẵng of 2023 with the records of H47 Quảng Nam, against answers worked out by hand."""

import csv
import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from rich.console import Console
from sqlalchemy import Engine, text
from tests.end_to_end.two_provinces import MONTH, divide

from decision766.pipeline.build import build_marts, close_evaluation, open_evaluation, prove_marts
from decision766.pipeline.ingest import ingest_source
from decision766.reporting.explain import load_explanation
from decision766.reporting.explain_text import render_explanation
from decision766.reporting.render import render_table
from decision766.reporting.scorecard import load_scorecard
from decision766.reporting.wording import Language
from decision766.scoreboard.app import create_app
from decision766.settings import Settings
from decision766.sources import find_source
from decision766.sources.contract import Connection
from decision766.validation import validate_batches
from decision766.warehouse.connect import warehouse_engine

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]

SAMPLE = Path(__file__).resolve().parents[2] / "examples" / "inbox-sample"
NOW = dt.datetime.fromisoformat("2025-08-31T23:59:59+07:00")
CODES = [
    f"{group}.{n}" for group, count in ((1, 4), (2, 2), (3, 6), (4, 7), (5, 3)) for n in range(1, count + 1)
]


@pytest.fixture(scope="module")
def scored(
    module_settings: Settings, module_warehouse: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Engine:
    """The warehouse after one whole run over both provinces, judged after their merger."""
    folder = tmp_path_factory.mktemp("provinces") / "inbox"
    divide(SAMPLE, folder)
    read = ingest_source(
        module_warehouse,
        find_source(module_settings.sources_folder, "inbox"),
        Connection(base_url=str(folder), extra={"path": str(folder)}),
        run_id="boundaries",
        observed_at=NOW,
        settings=module_settings,
    )
    read.raise_for_failures()
    validate_batches(module_warehouse, read.batch_ids, settings=module_settings)
    evaluation = open_evaluation(module_warehouse, evaluated_at=NOW, run_id="boundaries")
    assert evaluation
    build_marts(module_warehouse, evaluation, settings=module_settings)
    prove_marts(module_warehouse, evaluation, settings=module_settings)
    close_evaluation(module_warehouse, evaluation)
    return module_warehouse


def rows(engine: Engine, query: str, **values: object) -> list:
    with engine.connect() as connection:
        return list(connection.execute(text(query), values))


def figures(engine: Engine, unit: str, boundary: str, start: dt.date = MONTH, grain: str = "month") -> dict:
    found = rows(
        engine,
        """
        select indicator_code, procedure_code, numerator, denominator, ratio, score, status, scope_code
        from marts.fct_indicator
        where unit_code = :unit and boundary = :boundary and period_grain = :grain and period_start = :start
        """,
        unit=unit, boundary=boundary, grain=grain, start=start,
    )  # fmt: skip
    return {(row.indicator_code, row.procedure_code): row for row in found}


def worked_out(unit: str = "H44") -> dict:
    """The answers that examples/inbox-sample/README.md works out, by indicator and procedure."""
    found = {}
    for name in ("expected.csv", "expected_by_procedure.csv"):
        with (SAMPLE / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if (row["unit_code"], row["period_grain"], row["period_start"]) == (
                    unit,
                    "month",
                    "2026-08-01",
                ):
                    parts = tuple(
                        Decimal(row[part]) if row[part] else None
                        for part in ("numerator", "denominator", "ratio", "score")
                    )
                    found[row["indicator_code"], row.get("procedure_code", "*")] = (*parts, row["status"])
    return found


def test_all_22_of_the_province_of_today_equal_the_answers_worked_out_over_the_union(scored: Engine):
    as_is = figures(scored, "H17", "as_is")
    expected = worked_out()
    assert {code for code, procedure in expected if procedure == "*"} == set(CODES)
    assert any(code == "2.2" and procedure != "*" for code, procedure in expected)
    held = {
        key: (row.numerator, row.denominator, row.ratio, row.score, row.status) for key, row in as_is.items()
    }
    assert {key: held.get(key) for key in expected} == expected
    assert {row.scope_code for row in as_is.values()} == {"H17@2025-07-01"}


def test_both_provinces_stand_as_they_were(scored: Engine):
    for unit in ("H17", "H47"):
        own = figures(scored, unit, "as_was")
        assert {code for code, procedure in own if procedure == "*"} == set(CODES), unit
        assert own["2.1", "*"].denominator > 0, unit
        assert {row.scope_code for row in own.values()} == {unit}
    assert figures(scored, "H47", "as_is") == {}


def test_dossiers_and_petitions_add_up_and_procedures_do_not(scored: Engine):
    da_nang, quang_nam = (figures(scored, unit, "as_was") for unit in ("H17", "H47"))
    today = figures(scored, "H17", "as_is")
    for code in ("2.1", "3.3", "3.6", "4.1", "4.2", "4.3", "4.4", "4.6", "5.1", "5.2", "5.3"):
        for part in ("numerator", "denominator"):
            parts = [getattr(unit[code, "*"], part) for unit in (da_nang, quang_nam)]
            assert getattr(today[code, "*"], part) == sum(parts), (code, part)
    differing = {
        code
        for code in ("1.1", "3.1", "3.2", "3.4", "3.5", "4.5")
        if today[code, "*"].denominator != da_nang[code, "*"].denominator + quang_nam[code, "*"].denominator
    }
    assert {"1.1", "3.1", "3.2"} <= differing


def test_a_year_with_the_merger_inside_it(scored: Engine):
    """2025: both as they stood on 1 January, the merged province from the next period on, today's always."""
    year = dt.date(2025, 1, 1)
    assert figures(scored, "H17", "as_was", year, "year")["2.1", "*"].scope_code == "H17"
    assert figures(scored, "H47", "as_was", year, "year")["2.1", "*"].scope_code == "H47"
    assert figures(scored, "H17", "as_is", year, "year")["2.1", "*"].scope_code == "H17@2025-07-01"
    quarter = dt.date(2025, 7, 1)
    assert figures(scored, "H17", "as_was", quarter, "quarter")["2.1", "*"].scope_code == "H17@2025-07-01"
    assert figures(scored, "H47", "as_was", quarter, "quarter") == {}


def test_units_inherit_the_transparency_of_the_province_of_the_boundary(scored: Engine):
    for boundary in ("as_was", "as_is"):
        own, province = (figures(scored, unit, boundary)["1.1", "*"] for unit in ("H17.07", "H17"))
        assert own.status == "inherited"
        assert (own.numerator, own.denominator) == (province.numerator, province.denominator)
    assert figures(scored, "H17.07", "as_is")["2.1", "*"].scope_code == "H17.07"


def test_the_dimension_has_a_version_before_and_after(scored: Engine):
    found = rows(
        scored,
        """
        select org_unit_key, valid_from, valid_to, successor_code, is_current
        from marts.dim_org_unit where unit_code in ('H17', 'H47') order by org_unit_key
        """,
    )
    last, first = dt.date(2025, 6, 30), dt.date(2025, 7, 1)
    versions = {row.org_unit_key.partition("@")[0] + str(row.is_current): row for row in found}
    assert (versions["H17False"].valid_to, versions["H17False"].successor_code) == (last, None)
    assert (versions["H17True"].valid_from, versions["H17True"].valid_to) == (first, None)
    assert (versions["H47True"].valid_to, versions["H47True"].successor_code) == (last, "H17")
    assert len(found) == 3
    once = rows(
        scored, "select unit_code from marts.dim_org_unit where is_current group by 1 having count(*) > 1"
    )
    assert once == []
    bridge = rows(
        scored,
        """
        select predecessor_code, successor_key, share from marts.bridge_org_unit_succession
        where successor_code = 'H17' order by predecessor_code
        """,
    )
    assert [tuple(row) for row in bridge] == [("H17", "H17@2025-07-01", 1), ("H47", "H17@2025-07-01", 1)]
    ended = rows(
        scored,
        "select count(*) from marts.bridge_org_unit_succession where predecessor_code <> successor_code",
    )
    assert ended[0][0] == 29  # 63 provinces became 34


def test_an_explanation_gives_the_figure_of_today_back(scored: Engine):
    for code in CODES:
        explanation = load_explanation(scored, "H17", code, "2023-07", boundary="as_is")
        assert explanation.is_rederived is not False, code
        assert explanation.value is not None
        assert explanation.value["boundary"] == "as_is"
    assert load_scorecard(scored, "H17", "2023-07", boundary="as_is").total_score is not None


@pytest.mark.parametrize("boundary", ["as_was", "as_is"])
def test_the_api_explains_the_figure_of_the_boundary_that_is_asked_for(
    scored: Engine, module_settings: Settings, boundary: str
):
    app = create_app(lambda: warehouse_engine(settings=module_settings), settings=module_settings)
    with TestClient(app) as client:
        why = client.get(f"/api/v1/explanations/H17/2.1/2023-07?boundary={boundary}").json()
        answer = client.get(f"{why['cases']}{'&' if '?' in why['cases'] else '?'}limit=500")
    app.state.connections.dispose()
    figure = figures(scored, "H17", boundary)["2.1", "*"]
    cases = answer.json()["rows"]
    assert why["boundary"] == boundary
    assert len(cases) == why["case_count"]
    assert sum(Decimal(case["denominator_part"]) for case in cases) == figure.denominator > 0
    assert Decimal(why["derived_numerator"]) == figure.numerator
    before = {case["unit_code"] for case in cases}
    assert before == {figure.scope_code}


def test_what_officials_read_names_the_boundary_and_its_procedures(scored: Engine):
    def written(renderable: object) -> str:
        console = Console(width=140)
        with console.capture() as capture:
            console.print(renderable)
        return capture.get()

    words = "tính cả hồ sơ của các đơn vị trước khi sắp xếp"
    for boundary, is_named in (("as_is", True), ("as_was", False)):
        card = load_scorecard(scored, "H17", "2023-07", boundary=boundary)
        assert card.boundary == boundary
        assert (words in written(render_table(card))) is is_named
        explained = load_explanation(scored, "H17", "2.2", "2023-07", boundary=boundary)
        assert (words in written(render_explanation(explained, Language(False)))) is is_named
        expected = {
            procedure: figure.denominator
            for (code, procedure), figure in figures(scored, "H17", boundary).items()
            if code == "2.2" and procedure != "*" and figure.denominator
        }
        assert {row["procedure_code"]: row["dossiers"] for row in explained.by_procedure} == expected
        assert expected
