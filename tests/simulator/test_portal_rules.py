"""The world's scoring, held against every recorded figure of the real portal."""

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from decision766.simulator import evaluation_shapes as shapes
from decision766.simulator.recordings import FOLDER
from decision766.simulator.rules import GROUPS, RULES, figure, half_even, half_up, plain, round_down

CODES = {
    name: code
    for metrics in (shapes.TRANSPARENCY_METRICS, shapes.DIGITISED_METRICS, shapes.SATISFACTION_METRICS)
    for code, name, _title in metrics
    if code
}
RECORDED = sorted(path.name for path in FOLDER.glob("*.year-all.json")) + sorted(
    path.name for path in FOLDER.glob("*.month-formality.json")
)


def units_of(name: str) -> list[dict[str, Any]]:
    recorded = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return [recorded.get("overview") or recorded["parent"], *recorded["units"]]


def tree_figures(unit: dict[str, Any]) -> dict[str, tuple[int, int]]:
    if "totalOnTime" in unit:
        return {"2.1": (unit["totalOnTime"], unit["totalReceived"])}
    if "totalFeeFormality" in unit:
        return {
            "3.4": (
                unit["totalDossierOnlineFormalityPaymentSuccess"],
                unit["totalFeeDossierFormalityDistinct"],
            ),
            "3.5": (unit["totalFeeDossierFormality"], unit["totalFeeFormality"]),
            "3.6": (unit["totalDossierOnlinePaymentSuccess"], unit["totalDossierFinancialObligation"]),
        }
    if "authorityCount" in unit:
        return {
            "3.1": (unit["partialCount"] + unit["fullCount"], unit["authorityCount"]),
            "3.2": (unit["onlineDossierCount"], unit["onlineServiceTotal"]),
            "3.3": (unit["channelOnlineSum"], unit["channelTotalSum"]),
        }
    return {}


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_scores_are_reproduced(name: str) -> None:
    checked = 0
    for unit in units_of(name):
        for metric in unit.get("metrics", []):
            code = CODES.get(metric["code"])
            if code is None:
                continue
            found = figure(code, metric["numerator"], metric["denominator"])
            shown = (metric["denominator"], metric["ratio"], metric["score"], metric["maxScore"])
            assert (
                plain(found.denominator),
                plain(found.ratio),
                plain(found.score),
                RULES[code].maximum,
            ) == shown
            checked += 1
        if parts := tree_figures(unit):
            scores = [figure(code, *pair).score for code, pair in parts.items()]
            total = unit["totalScore"] if "totalScore" in unit else unit["score"]
            assert plain(sum((score for score in scores if score is not None), Decimal(0))) == total
            checked += 1
    assert checked >= (1 if name.startswith("provide") else 15)


def test_maxima_are_those_of_the_portal() -> None:
    maxima = {group: sum(RULES[code].maximum for code in codes) for group, codes in GROUPS.items()}
    assert maxima == {"CKMB": 18, "TDGQ": 20, "CLGQ": 12, "TTTT": 10, "MDSH": 22, "MDHL": 18}


def test_rounding() -> None:
    assert half_even(Fraction(1, 8)) == Decimal("0.12")  # the one recorded tie: 6 × 1/48
    assert half_even(Fraction(3, 8)) == Decimal("0.38")
    assert half_up(Fraction(5, 8)) == Decimal("0.63")
    assert figure("3.5", 9, 36).score == Decimal("0.63")  # recorded: payment rounds ties up
    assert round_down(Fraction(1999, 1000)) == Decimal("1.99")
    assert figure("1.1", 1, 48).score == Decimal("0.12")
    assert plain(Decimal("6.00")) == 6
    assert isinstance(plain(Decimal("6.00")), int)


@pytest.mark.parametrize(
    ("code", "ratio", "score"),
    [
        ("1.1", None, None),
        ("2.1", 0, 0),
        ("3.3", 0, 0),
        ("3.6", 0, 0),
        ("4.1", None, None),
        ("5.1", 0, 6),
        ("5.2", 0, 6),
        ("5.3", 0, 0),
    ],
)
def test_zero_denominators(code: str, ratio: int | None, score: int | None) -> None:
    found = figure(code, 0, 0)
    assert (found.ratio, found.score) == (ratio, score)


def test_certified_copies_are_a_constant() -> None:
    found = figure("4.7", None, None)
    assert (found.numerator, found.denominator, found.ratio, found.score) == (None, None, 100, 2)
