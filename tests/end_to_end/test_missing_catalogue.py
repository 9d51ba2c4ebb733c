"""A province whose procedures no source supplies: what cannot be judged is outside, and said to be."""

import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import Engine, text

from decision766.pipeline.build import build_marts, close_evaluation, open_evaluation
from decision766.pipeline.ingest import ingest_source
from decision766.reporting.explain import load_explanation
from decision766.reporting.explain_text import render_explanation
from decision766.reporting.render import render_table
from decision766.reporting.scorecard import load_scorecard
from decision766.reporting.wording import Language
from decision766.settings import Settings
from decision766.sources import find_source
from decision766.sources.contract import Connection
from decision766.validation import validate_batches

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]

AT = dt.datetime.fromisoformat("2026-08-31T23:59:59+07:00")
UNITS = (("H44", "UBND tỉnh Ví dụ", "province", None), ("H44.07", "Sở Một", "department", "H44"),
         ("H44.08", "Sở Hai", "department", "H44"))  # fmt: skip
# (code, promised, done): in time, late, and two whose deadline only a catalogue would say.
DOSSIERS = (
    ("H44.07-260803-00001", "20260817170000", "20260814100000"),
    ("H44.07-260803-00002", "20260810170000", "20260814100000"),
    ("H44.07-260803-00003", "", "20260814100000"),
    ("H44.08-260803-00001", "", "20260814100000"),
)


@pytest.fixture(scope="module")
def scored(
    module_settings: Settings, module_warehouse: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Engine:
    """The marts of an inbox that holds units and dossiers only."""
    inbox = tmp_path_factory.mktemp("inbox")
    fields = ("code", "name", "type", "parent_code")
    _write(inbox / "units.ndjson", [dict(zip(fields, unit, strict=True)) for unit in UNITS])
    _write(
        inbox / "dossiers.ndjson",
        [
            {"MaHoSo": code, "MaTTHC": "1.004227", "KenhThucHien": "2", "NgayTiepNhan": "20260803083000",
             "NgayHenTra": promised, "NgayKetThucXuLy": done, "TrangThaiHoSo": "9"}
            for code, promised, done in DOSSIERS
        ],
    )  # fmt: skip
    source = find_source(module_settings.sources_folder, "inbox")
    folder = Connection(base_url=str(inbox), extra={"path": str(inbox)})
    read = ingest_source(
        module_warehouse, source, folder, run_id="test", observed_at=AT, settings=module_settings
    )
    read.raise_for_failures()
    validate_batches(module_warehouse, read.batch_ids, settings=module_settings)
    evaluation = open_evaluation(module_warehouse, evaluated_at=AT, run_id="test")
    assert evaluation
    build_marts(module_warehouse, evaluation, settings=module_settings)
    close_evaluation(module_warehouse, evaluation)
    return module_warehouse


def _write(path: Path, records: list[dict]) -> None:
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records))


def _printed(renderable: object, width: int = 80) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(renderable)
    return " ".join(out.getvalue().split())


def test_a_dossier_without_a_knowable_deadline_is_outside_and_not_late(scored: Engine):
    explanation = load_explanation(scored, "H44.07", "2.1", "2026-08")
    assert (explanation.numerator, explanation.denominator) == (Decimal(1), Decimal(2))
    assert explanation.is_rederived
    reasons = {row["reason_code"]: row["cases"] for row in explanation.reasons}
    assert reasons == {"ended_in_time": 1, "ended_late": 1, "deadline_unknown": 1}
    assert (explanation.value["coverage"], explanation.value["missing_inputs"]) == ("partial", ["procedure"])
    shown = _printed(render_explanation(explanation, Language()))
    assert "thiếu một phần nguồn" in shown
    assert "danh mục thủ tục" in shown


def test_where_nothing_can_be_judged_there_is_no_score_rather_than_none_on_time(scored: Engine):
    value = load_explanation(scored, "H44.08", "2.1", "2026-08").value
    assert (value["numerator"], value["denominator"], value["score"]) == (None, None, None)
    assert (value["status"], value["status_reason"]) == ("null", "no_denominator")
    online = load_explanation(scored, "H44.08", "3.3", "2026-08").value
    assert (online["numerator"], online["denominator"], online["coverage"]) == (1, 1, "complete")


def test_a_number_without_a_source_lists_nothing(scored: Engine):
    for code in ("5.3", "1.4", "3.6", "4.7"):
        explanation = load_explanation(scored, "H44", code, "2026-08")
        assert explanation.denominator is None, code
        assert (explanation.case_count, list(explanation.reasons)) == (0, []), code
    shown = _printed(render_explanation(load_explanation(scored, "H44", "5.3", "2026-08"), Language()))
    assert "không có nguồn dữ liệu · no source" in shown


def test_no_total_is_formed_and_the_scorecard_says_in_words_why(scored: Engine):
    card = load_scorecard(scored, "H44", "2026-08")
    assert card.total_score is None
    assert card.coverage == "missing"
    assert {"CKMB", "TTTT", "MDHL"} <= set(card.missing_groups)
    shown = _printed(render_table(card), width=200)
    assert "no total: no source feeds" in shown
    assert "Công khai, minh bạch" in shown
    assert "CKMB" not in shown
    assert "danh mục thủ tục · procedure catalogue: " in shown
    with scored.connect() as connection:
        groups = connection.execute(
            text("""
                select group_2_score, group_3_score, clgq_score from marts.mart_scorecard
                where unit_code = 'H44' and period_grain = 'month' and period_start = '2026-08-01'
            """)
        ).one()
    assert groups.group_2_score == 10
    assert groups.clgq_score is not None
    assert groups.group_3_score is None, "payment is missing, so group 3 is not formed"
