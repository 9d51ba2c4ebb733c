"""Values as people and spreadsheets read them, and the steps of a score in words."""

import datetime as dt
from decimal import Decimal

import pytest

from decision766.reporting.arithmetic import _steps
from decision766.reporting.cells import fixed, formula_safe, moment, number, span
from decision766.reporting.lookup import _folded, _place
from decision766.sources.periods import LOCAL


@pytest.mark.parametrize("cell", ["=1+1", "+84", "-2", "@x", "\t=1", "\r=1", "\n=1", "  =cmd|' /c calc'!A0"])
def test_no_text_runs_as_a_formula(cell: str):
    assert formula_safe(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["H12.07-260803-00001", "Sở Y tế", "", None, Decimal(-2), -2])
def test_other_cells_stay_as_they_are(cell: object):
    assert formula_safe(cell) == cell


@pytest.mark.parametrize(
    ("seconds", "working_days", "vietnamese", "english"),
    [
        (183_600, None, "2 ngày 3 giờ", "2d 3h"),
        (86_400, None, "1 ngày", "1d"),
        (86_460, None, "1 ngày", "1d"),
        (3_660, None, "1 giờ 1 phút", "1h 1min"),
        (59, None, "59 giây", "59s"),
        (None, 4, "4 ngày LV", "4 working d"),
        (None, None, "", ""),
        (0, 0, "", ""),
    ],
)
def test_spans(seconds: int | None, working_days: int | None, vietnamese: str, english: str):
    assert span(seconds, working_days) == vietnamese
    assert span(seconds, working_days, english=True) == english


def test_numbers_are_written_as_vietnamese_writes_them():
    assert number(Decimal("1234567.50")) == "1.234.567,5"
    assert number(Decimal("8.0000000000000000")) == "8"
    assert number(Decimal("100")) == "100"
    assert number(None) == "–"
    assert fixed(Decimal("17.6")) == "17,60"
    assert moment(dt.datetime(2026, 8, 31, 23, 59, 59, tzinfo=LOCAL)) == "2026-08-31"
    assert moment(dt.datetime(2026, 8, 31, 17, 0, 1, tzinfo=LOCAL)) == "2026-08-31 17:00:01"


RULE = {
    "scoring_type": "linear",
    "max_points": Decimal(20),
    "full_marks_at": Decimal(100),
    "zero_denominator": "zero",
    "rounding_stage": "score",
    "decimals": 2,
}


@pytest.mark.parametrize(
    ("changes", "parts", "percentage", "points", "shown"),
    [
        ({}, (448, 507), "88.3629191321", "17.6725838264", "20 × 448 ÷ 507 = 17,672584…"),
        ({}, (1, 2), "50", "10", "20 × 1 ÷ 2 = 10"),
        (
            {"max_points": Decimal(6), "full_marks_at": Decimal(50)},
            (3, 4),
            "75",
            "6",
            "6 × 3 ÷ 4 ÷ 50 % → tối đa · at most 6",
        ),
        (
            {
                "max_points": Decimal(2),
                "full_marks_at": Decimal(80),
                "rounding_stage": "percentage_then_score",
            },
            (1, 3),
            "33.33",
            "0.83325",
            "100 × 1 ÷ 3 → 33,33 %;  2 × 33,33 % ÷ 80 % = 0,83325",
        ),
        ({}, (0, 0), None, "0", "mẫu số 0 được 0 điểm · a denominator of 0 scores 0"),
    ],
)
def test_the_arithmetic_is_shown(
    changes: dict, parts: tuple[int, int], percentage: str | None, points: str, shown: str
):
    rule = {**RULE, **changes, "percentage": percentage and Decimal(percentage), "points": Decimal(points)}
    value = {"numerator": Decimal(parts[0]), "denominator": Decimal(parts[1])}
    assert _steps(rule, value) == shown


def test_names_meet_without_case_and_diacritics():
    assert _folded("  Đà   Nẵng ") == _folded("da nang") == "da nang"
    assert _folded("CÀ MAU") == "ca mau"
    assert _place("UBND tỉnh Cà Mau") == "Cà Mau"
    assert _place("Sở Y tế") == "Sở Y tế"
