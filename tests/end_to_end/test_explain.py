"""Every number can be explained: its cases give it back exactly, at every level, in every period."""

import csv
import io
import json
import re
import time
from pathlib import Path

import pytest
import zstandard
from rich.console import Console
from sqlalchemy import text
from tests.end_to_end.main_job import MainJob
from tests.end_to_end.rederive import compare_with_cases

from decision766.reporting.dossier_text import render_trail
from decision766.reporting.explain import (
    UnknownDossier,
    UnknownIndicator,
    UnknownProcedure,
    load_dossier_trail,
    load_explanation,
)
from decision766.reporting.explain_files import (
    CASE_COLUMNS,
    explanation_csv,
    explanation_json,
    trail_csv,
    trail_json,
)
from decision766.reporting.explain_text import render_explanation
from decision766.reporting.wording import Language

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]

CODES = tuple(
    f"{group}.{n}" for group, count in ((1, 4), (2, 2), (3, 6), (4, 7), (5, 3)) for n in range(1, count + 1)
)
UNITS = ("H29", "H12.07", "H12.101")  # a province, a department, a commune
PERIODS = ("2026-08", "2026-Q3", "2026")


def rows(job: MainJob, query: str, **values: object) -> list:
    with job.engine.connect() as connection:
        return list(connection.execute(text(query), values))


def test_the_cases_give_every_numerator_and_denominator_back(main_job: MainJob):
    compared = compare_with_cases(main_job.engine)
    assert [tuple(row) for row in compared if row.different or row.unstated_with_cases] == []
    for_all = {row.indicator_code: row for row in compared if row.is_for_all}
    assert set(for_all) == set(CODES)
    for code, row in for_all.items():
        if code == "2.2":  # has no figure over all procedures
            assert row.stated == 0
            continue
        assert row.grains == 3, code
        # A department has no communes.
        levels = {"province", "commune"} | ({"department"} if code != "4.7" else set())
        assert set(row.levels) == levels, code
        assert row.above_zero > 100, code
    by_procedure = {row.indicator_code for row in compared if not row.is_for_all and row.above_zero > 100}
    assert by_procedure == {"2.1", "2.2", "3.2", "3.3", "3.6", "4.1", "4.2", "4.3", "4.4", "4.6"}


def test_every_reason_is_known_and_says_what_the_flags_say(main_job: MainJob):
    found = rows(
        main_job,
        """
        select cases.reason_code, reason.effect, cases.is_in_numerator, cases.is_in_denominator,
            cases.indicator_code = '1.4' as is_sync, count(*) as cases
        from marts.mart_indicator_case as cases
        left join reference.explanation_reasons as reason using (reason_code)
        group by 1, 2, 3, 4, 5
        """,
    )
    flags = {
        "counted": (True, True),
        "not_counted": (False, True),
        "outside": (False, False),
        "base": (False, True),
    }
    for row in found:
        expected = flags.get(row.effect)
        if row.is_sync and row.effect in ("counted", "not_counted"):
            expected = (row.effect == "counted", False)  # 1.4: dossiers over totals that others state
        assert (row.is_in_numerator, row.is_in_denominator) == expected, row
    assert len({row.reason_code for row in found}) > 60


def test_a_reason_of_lateness_says_by_how_much(main_job: MainJob):
    found = rows(
        main_job,
        """
        select reason_code, count(*) as cases,
            count(coalesce(late_by_seconds, late_by_working_days)) as with_span
        from marts.mart_indicator_case where indicator_code = '2.1' group by reason_code
        """,
    )
    spans = {row.reason_code: (row.cases, row.with_span) for row in found}
    for code in ("ended_late", "closed_late", "open_late", "over_maximum"):
        cases, with_span = spans[code]
        assert cases == with_span > 0, code
    for code in ("ended_in_time", "open_in_time", "repeated_supplement", "no_deadline", "not_accepted"):
        assert spans[code][1] == 0, code


def test_every_explanation_is_shown_at_80_columns_and_agrees_with_itself(main_job: MainJob):
    slowest = 0.0
    for unit in UNITS:
        for period in PERIODS:
            for code in CODES:
                began = time.monotonic()
                explanation = load_explanation(main_job.engine, unit, code, period, cases=5)
                slowest = max(slowest, time.monotonic() - began)
                assert explanation.is_rederived is not False, (unit, code, period)
                assert sum(row["cases"] for row in explanation.reasons) == explanation.case_count
                if explanation.arithmetic and explanation.arithmetic["points"] is not None:
                    assert abs(explanation.arithmetic["points"] - explanation.value["score"]) <= 0.005
                for english in (False, True):
                    shown = _printed(render_explanation(explanation, Language(english)))
                    assert max(map(len, shown.splitlines())) <= 80
                    assert explanation.heading["name_en"][:20] in shown
                    assert not re.search(r"\b(None|null|nan)\b", shown), shown
    assert slowest < 2


def test_the_rule_the_arithmetic_and_the_records_are_said(main_job: MainJob):
    explanation = load_explanation(main_job.engine, "ca mau", "2.1", "2026-08", cases=3)
    shown = _printed(render_explanation(explanation, Language()))
    for said in (
        "Quyết định 766/QĐ-TTg",
        "Giải quyết xong sau hạn",
        "Ended after the deadline",
        "ngày",
        "Cổng công bố",
    ):
        assert said in shown
    numerator, denominator = (
        f"{part:,.0f}".replace(",", ".") for part in (explanation.numerator, explanation.denominator)
    )
    assert f"20 × {numerator} ÷ {denominator} = " in shown
    assert "province_h12/dossier/" in shown
    assert explanation.batches[0]["validation_run_id"]
    assert {row["entity"] for row in explanation.inputs} == {"dossier", "procedure"}
    inherited = load_explanation(main_job.engine, "H12.07", "1.1", "2026-08")
    assert inherited.is_inherited
    assert "Kế thừa: số liệu của H12" in _printed(render_explanation(inherited, Language()))


@pytest.mark.parametrize("code", ["2.1", "2.2", "3.2", "4.6"])
def test_a_number_by_procedure_is_explained_by_that_procedures_cases(main_job: MainJob, code: str):
    procedure = rows(
        main_job,
        """
        select procedure_code from marts.fct_indicator
        where boundary = 'as_was' and unit_code = 'H12' and indicator_code = :code and period_grain = 'month'
            and period_start = '2026-08-01' and procedure_code <> '*'
        order by denominator desc, procedure_code limit 1
        """,
        code=code,
    )[0].procedure_code
    explanation = load_explanation(main_job.engine, "H12", code, "2026-08", procedure=procedure)
    assert explanation.is_rederived
    assert explanation.denominator > 0
    assert {row["procedure_code"] for row in explanation.cases} == {procedure}
    assert f"thủ tục {procedure}" in _printed(render_explanation(explanation, Language()))


def test_the_files_hold_every_case_with_the_line_it_stands_on(main_job: MainJob):
    explanation = load_explanation(main_job.engine, "H12", "2.1", "2026-08")
    assert len(explanation.cases) == explanation.case_count > 300
    lines = list(csv.DictReader(io.StringIO(explanation_csv(explanation))))
    header = ["unit_code", "indicator_code", "period", "boundary", "data_origin", *CASE_COLUMNS]
    assert list(lines[0]) == header
    counted = [line for line in lines if line["is_in_numerator"] == "true"]
    population = [line for line in lines if line["is_in_denominator"] == "true"]
    assert (len(counted), len(population)) == (explanation.numerator, explanation.denominator)
    held = json.loads(explanation_json(explanation))
    assert len(held["cases"]) == len(lines)
    assert held["is_rederived"] is True
    # The place is right: the landed line is the dossier.
    for line in lines[:5]:
        landed = (Path(main_job.settings.landing_root) / line["object_path"]).read_bytes()
        content = zstandard.ZstdDecompressor().decompressobj().decompress(landed)
        assert line["case_code"] in content.decode().splitlines()[int(line["source_line"]) - 1]


def test_a_dossier_is_followed_to_every_number_it_touches(main_job: MainJob):
    code = rows(
        main_job,
        "select min(dossier_code) as code from marts.mart_dossier_trace where through_kind = 'petition'",
    )[0].code
    trail = load_dossier_trail(main_job.engine, code)
    assert {"dossier", "petition", "sync_receipt"} <= {record["entity"] for record in trail.records}
    touched = {row["indicator_code"] for row in trail.touched}
    assert {"1.4", "2.1", "3.3", "3.6", "4.1", "4.2", "4.3", "4.4", "4.6", "5.1", "5.2", "5.3"} <= touched
    assert {row["unit_code"] for row in trail.touched} >= {code.split("-")[0], code.split(".")[0]}
    shown = _printed(render_trail(trail, Language()))
    assert max(map(len, shown.splitlines())) <= 80
    assert len(list(csv.reader(io.StringIO(trail_csv(trail))))) == len(trail.touched) + 1
    assert json.loads(trail_json(trail))["dossier"]["dossier_code"] == code


def test_what_makes_a_procedure_count_is_exactly_what_its_dossiers_say(main_job: MainJob):
    different = rows(
        main_job,
        """
        with counted as (
            select unit_code, indicator_code, period_grain, period_start, case_code
            from marts.mart_indicator_case
            where indicator_code in ('3.2', '3.4', '3.5', '4.5', '4.7') and is_in_numerator
        ),
        traced as (
            select unit_code, indicator_code, period_grain, period_start, through_code as case_code
            from marts.mart_dossier_trace where through_kind in ('procedure', 'service', 'commune')
        )
        (select 'counted only', * from counted except select 'counted only', * from traced)
        union all
        (select 'traced only', * from traced except select 'traced only', * from counted)
        limit 10
        """,
    )
    assert different == []


def test_a_dossier_in_quarantine_is_found_and_said_to_count_nowhere(main_job: MainJob):
    code = rows(
        main_job,
        """
        select held.record_key from audit.quarantine as held
        left join marts.fct_dossier as dossier on dossier.dossier_code = held.record_key
        where held.entity = 'dossier' and held.state = 'open' and held.record_key is not null
            and dossier.dossier_code is null
        limit 1
        """,
    )[0].record_key
    trail = load_dossier_trail(main_job.engine, code)
    assert trail.touched == []
    assert "Đang bị cách ly" in _printed(render_trail(trail, Language()))


def test_what_is_not_there_gives_near_matches(main_job: MainJob):
    with pytest.raises(UnknownIndicator, match=r"2\.1"):
        load_explanation(main_job.engine, "H12", "2.9", "2026-08")
    with pytest.raises(UnknownDossier, match=r"H12\.07-26"):
        load_dossier_trail(main_job.engine, "H12.07-2699")
    with pytest.raises(UnknownProcedure, match="Did you mean"):
        load_explanation(main_job.engine, "H12", "2.1", "2026-08", procedure="9.999999")
    with pytest.raises(UnknownProcedure, match="not counted by procedure"):
        load_explanation(main_job.engine, "H12", "5.1", "2026-08", procedure="9.999999")


def _printed(renderable: object) -> str:
    out = io.StringIO()
    Console(file=out, width=80).print(renderable)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())
